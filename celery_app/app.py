"""Builds the Celery application from Django's settings."""

import os

from celery import Celery

from celery_app.queues import QUEUES, ROUTES
from celery_app.schedules import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("cinemesh")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = QUEUES
app.conf.task_routes = ROUTES
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
