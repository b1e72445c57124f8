"""Settings, paths and the entry points. Importing it makes the Celery application the default."""

from celery_app import app as celery_app

__all__ = ["celery_app"]
