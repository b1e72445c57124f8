"""What Celery does for the graph besides draining its messages."""

from celery import shared_task

from apps.graph.store import get_graph


@shared_task
def keep_warm() -> int:
    """Ask what visitors ask, for five members. Nothing breaks without it; answers start slower."""
    return get_graph().keep_warm(5)
