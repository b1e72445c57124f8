"""Builds the Celery application that runs tasks, from Django's settings."""

from celery import Celery

from celery_app.configuration import configure

app = Celery("cinemesh")
configure(app)
app.autodiscover_tasks()
