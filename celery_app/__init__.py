"""The Celery application of the project: `celery -A celery_app worker`."""

from celery_app.app import app

__all__ = ["app"]
