"""Celery's part: trainings. By hand: `manage.py train_recommendations`."""

from celery import shared_task


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def train_if_due() -> None:
    """Train when the ratings have changed enough."""
    from apps.recommendations import switching  # every worker loads this module, few need scipy

    switching.train_if_due()
