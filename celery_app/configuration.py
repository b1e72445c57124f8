"""What the application that runs tasks and the one that only controls have in common."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, after_setup_task_logger
from django.conf import settings

from celery_app.queues import QUEUES, ROUTES
from celery_app.schedules import SCHEDULE
from config.redaction import Formatter


def application(**options: Any) -> Celery:
    """One with Django's `CELERY_…` settings, and our queues, routes and schedule."""
    # Before it is made: only one that finds Django's settings named becomes the default of other
    # threads, such as the one that sends hints.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    app = Celery("cinemesh", **options)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.task_queues = QUEUES
    app.conf.task_routes = ROUTES
    app.conf.beat_schedule = SCHEDULE
    app.conf.beat_scheduler = "celery_app.scheduler:MendingScheduler"
    return app


@after_setup_logger.connect
@after_setup_task_logger.connect
def hide_secrets(logger: logging.Logger, format: str, **others: Any) -> None:
    """Celery sets up handlers of its own: what they write has no secret either."""
    for handler in logger.handlers:
        handler.setFormatter(Formatter(format, settings.REDACTION, handler.formatter))  # type: ignore[misc]
