"""Builds the Celery application that runs tasks, from Django's settings."""

from celery_app.configuration import application

app = application()
app.autodiscover_tasks()
