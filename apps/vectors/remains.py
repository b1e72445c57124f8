"""What the vector store holds at most: asked when Postgres may be older than it.

All collections count, also those of generations that Postgres does not know any more.
"""

from qdrant_client import models

from apps.vectors import client, generations
from apps.vectors.collections import ours
from apps.vectors.errors import CollectionMissing

TABLES = {generations.FILMS: "movies_movie", generations.TASTES: "users_user"}
HIGHEST_FIRST = models.OrderBy(key="fence", direction=models.Direction.DESC)


def highest_fence() -> int:
    """The high-water mark; the index on fences answers."""
    return max(map(_highest_fence, ours()), default=0)


def highest_ids() -> dict[str, int]:
    """The highest ids of points and tombstones, by table."""
    found: dict[str, int] = {}
    for collection in ours():
        table = TABLES[collection.partition("-")[0]]
        found[table] = max(_highest_id(collection), found.get(table, 0))
    return found


def _highest_fence(collection: str) -> int:
    """0 for a collection that goes, or that has no index yet: nothing is written before it has."""
    try:
        with client.unhurried() as qdrant:
            if "fence" not in qdrant.get_collection(collection).payload_schema:
                return 0
            records, _ = qdrant.scroll(
                collection, limit=1, order_by=HIGHEST_FIRST, with_payload=["fence"]
            )
    except CollectionMissing:
        return 0
    return int((records[0].payload or {})["fence"]) if records else 0


def _highest_id(collection: str) -> int:
    """Points come in the order of ids, from an offset on: halve what lies beyond."""
    low, high = 0, 2**63 - 1
    while low < high:
        middle = (low + high + 1) // 2
        with client.unhurried() as qdrant:
            records, _ = qdrant.scroll(collection, limit=1, offset=middle, with_payload=False)
        if records:
            low = int(records[0].id)
        else:
            high = middle - 1
    return low
