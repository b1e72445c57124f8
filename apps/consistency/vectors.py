"""What is really in Qdrant, read from payloads by the checker's own scroll."""

from collections.abc import Callable, Iterator
from typing import Any

from qdrant_client import QdrantClient, models

from apps.consistency.owners import Fact, Owners
from apps.outbox.models import Generation

ALIVE = models.Filter(
    must=[models.FieldCondition(key="deleted", match=models.MatchValue(value=False))]
)
PAGE = 500


def _film(payload: dict[str, Any]) -> str:
    parts = [
        payload["title"],
        "" if payload["year"] is None else str(payload["year"]),
        payload["origin"],
        ",".join(sorted(payload["genres"])),
        ",".join(str(pk) for pk in sorted(payload["directors"])),
        ",".join(str(pk) for pk in sorted(payload["actors"])),
        ",".join(str(pk) for pk in payload["people"]),
    ]
    return "|".join(parts)


def _taste(payload: dict[str, Any]) -> str:
    films = sorted(zip(payload["films"], payload["half_stars"], strict=True))
    return ",".join(f"{movie_id}={half_stars / 2:.1f}" for movie_id, half_stars in films)


KINDS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "film vectors": ("films", _film),
    "taste vectors": ("tastes", _taste),
}


def stored(client: QdrantClient, kind: str, generation: str, owners: Owners) -> Iterator[Fact]:
    """The living points of a kind in one generation, for these owners, page by page."""
    prefix, content = KINDS[kind]
    offset: Any = owners.first
    while offset is not None and offset <= owners.last:
        points, offset = client.scroll(
            f"{prefix}-{generation}",
            scroll_filter=ALIVE,
            limit=PAGE if owners.last - offset >= PAGE else owners.last - offset + 1,
            offset=offset,
            with_payload=True,
            with_vectors=True,
        )
        for point in points:
            if int(point.id) <= owners.last:
                yield str(point.id), _told(point, content)


def _told(point: models.Record, content: Callable[[dict[str, Any]], str]) -> str:
    """The content; a point that is broken is told apart, so that it never equals a fact."""
    if not point.vector:
        return "no vector"
    try:
        return content(point.payload or {})
    except (KeyError, TypeError, ValueError) as error:
        return f"broken payload: {error!r}"


def live_generation() -> str:
    """The generation that visitors are answered from."""
    return Generation.objects.get(destination="vectors", state=Generation.State.LIVE).name
