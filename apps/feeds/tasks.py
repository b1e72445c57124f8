"""Celery's part: build what readers missed. It decides nothing."""

from celery import shared_task

from apps.feeds import rebuild


@shared_task
def warm_timelines() -> int:
    """Build the cold timelines that somebody wanted to read. By hand: `manage.py rebuild feeds`."""
    return rebuild.warm_timelines()
