"""What the timelines hold at most: asked when Postgres may be older than they are."""

from apps.feeds.timeline import get_timelines


def highest_fence() -> int:
    """The high-water mark."""
    return get_timelines().highest_fence()


def highest_ids() -> dict[str, int]:
    """None: whom the timelines name, the graph names too."""
    return {}
