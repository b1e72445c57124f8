"""Celery's part: forget old slates. It decides nothing."""

from datetime import UTC, datetime

from celery import shared_task

from apps.recommendations import slates


@shared_task
def purge_slates() -> int:
    """Delete slates past their time, every night; gives how many."""
    return slates.purge(datetime.now(UTC))
