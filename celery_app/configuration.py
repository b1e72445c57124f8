"""What the application that runs tasks and the one that only controls have in common."""

import os

from celery import Celery

from celery_app.queues import QUEUES, ROUTES
from celery_app.schedules import SCHEDULE


def configure(app: Celery) -> None:
    """Take Django's `CELERY_…` settings, and our queues, routes and schedule."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.task_queues = QUEUES
    app.conf.task_routes = ROUTES
    app.conf.beat_schedule = SCHEDULE
