"""What the graph holds at most: asked when Postgres may be older than it."""

from apps.graph.store import get_graph


def highest_fence() -> int:
    """The high-water mark."""
    return get_graph().highest_fence()


def highest_ids() -> dict[str, int]:
    """The highest ids of nodes and tombstones, by table."""
    return get_graph().highest_ids()
