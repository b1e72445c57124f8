"""Celery's part: trainings, and the end of old slates. It decides nothing."""

from datetime import UTC, datetime

from celery import shared_task

from apps.recommendations import slates


# Acknowledged at its start: late, the broker would hand it out again after three minutes, while it
# learns, and at once after a kill, to be killed again. The next night is its retry.
@shared_task(acks_late=False, soft_time_limit=3_500, time_limit=3_600)
def train_if_due() -> None:
    """Train when the ratings have changed enough. By hand: `manage.py train_recommendations`."""
    from apps.recommendations import switching  # every worker loads this module, few need scipy

    switching.train_if_due()


@shared_task
def purge_slates() -> int:
    """Delete slates past their time, every night. By hand: `manage.py purge_slates`."""
    return slates.purge(datetime.now(UTC))
