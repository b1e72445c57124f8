"""Celery's part: hints to drain, and the sweep that needs none. They decide nothing."""

from celery import shared_task

from apps.outbox import relay

PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}


def hint(destination: str) -> None:
    """Ask a worker of this destination's queue to drain it."""
    drain.apply_async(
        (destination,), queue=f"sync.{destination}", expires=30, retry_policy=PUBLISH_RETRY
    )


@shared_task
def drain(destination: str) -> int:
    """Deliver what waits for a destination. By hand: `manage.py drain_outbox`."""
    return relay.drain(destination, seconds=20, hinted=True)


@shared_task
def sweep() -> list[str]:
    """Hint every destination with due messages, whatever became of its hints.

    By hand: `manage.py drain_outbox`.
    """
    due = relay.due_destinations()
    for destination in due:
        hint(destination)
    return due
