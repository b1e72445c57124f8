"""What is really in Qdrant, read from payloads by the checker's own scroll."""

from collections.abc import Callable, Iterator
from typing import Any

from qdrant_client import QdrantClient, models

from apps.consistency.facts import Fact

ALIVE = models.Filter(
    must=[models.FieldCondition(key="deleted", match=models.MatchValue(value=False))]
)


def _film(point_id: Any, payload: dict[str, Any]) -> Fact:
    parts = [
        payload["title"],
        "" if payload["year"] is None else str(payload["year"]),
        payload["origin"],
        ",".join(sorted(payload["genres"])),
        ",".join(str(pk) for pk in sorted(payload["directors"])),
        ",".join(str(pk) for pk in sorted(payload["actors"])),
    ]
    return str(point_id), "|".join(parts)


def _taste(point_id: Any, payload: dict[str, Any]) -> Fact:
    films = sorted((film["movie_id"], film["stars"]) for film in payload["films"])
    return str(point_id), ",".join(f"{movie_id}={stars:.1f}" for movie_id, stars in films)


COLLECTIONS: dict[str, tuple[str, Callable[[Any, dict[str, Any]], Fact]]] = {
    "film vectors": ("films", _film),
    "taste vectors": ("tastes", _taste),
}


def stored(client: QdrantClient, kind: str, generation: str) -> Iterator[Fact]:
    """Every living point of a kind in one generation, page by page. A point without a vector
    is told apart by its content, so that it never equals a fact."""
    prefix, fact = COLLECTIONS[kind]
    offset: Any = None
    while True:
        points, offset = client.scroll(
            f"{prefix}-{generation}",
            scroll_filter=ALIVE,
            limit=1_000,
            offset=offset,
            with_payload=True,
            with_vectors=True,
        )
        for point in points:
            key, content = fact(point.id, point.payload or {})
            yield key, content if point.vector else f"no vector: {content}"
        if offset is None:
            return
