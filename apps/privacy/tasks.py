"""Celery's part: exports and departures that are due. It decides nothing."""

from celery import shared_task
from django.utils import timezone

from apps.privacy import erasing, exports, strays


@shared_task(soft_time_limit=600, time_limit=660)
def make_exports() -> int:
    """Make the exports that wait. By hand: `manage.py privacy`."""
    return exports.make_waiting()


@shared_task(soft_time_limit=600, time_limit=660)
def erase_who_left() -> int:
    """Erase whoever's days of grace are over, and send receipts. By hand: `manage.py privacy`."""
    erased = erasing.erase_due()
    erasing.send_receipts()
    return erased


@shared_task
def purge_files() -> int:
    """Delete old exports and stray files, every night. By hand: `manage.py privacy`."""
    now = timezone.now()
    return exports.purge(now) + strays.sweep(now)
