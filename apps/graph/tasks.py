"""What Celery does for the graph besides draining its messages."""

from celery import shared_task

from apps.common.errors import StoreUnavailable


@shared_task
def keep_warm() -> int:
    """Ask what visitors ask, for five members. Nothing breaks without it; answers start slower.

    While Neo4j is away there is nothing to keep warm.
    """
    from apps.graph.store import get_graph  # every worker loads this module, one needs the driver

    try:
        return get_graph().keep_warm(5)
    except StoreUnavailable:
        return 0
