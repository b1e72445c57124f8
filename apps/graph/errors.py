"""What can go wrong between us and Neo4j; above the store only StoreUnavailable is known."""

from apps.common.errors import CinemeshError


class GraphAway(Exception):
    """Neo4j refused for a reason of its own, not of the query's: it may do it later."""


class FenceBelowFloor(CinemeshError):
    """A write to the graph is older than its tombstones reach; the facts must be read again."""

    code = "fence_below_floor"
    status = 409
