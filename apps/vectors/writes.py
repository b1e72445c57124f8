"""What the vector store is told: guarded puts and tombstones, into every living generation.

A point is written only over a lower fence. A delete is a point too, without a vector and with
nothing but its fence: a plain delete would let a late put bring the film back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from qdrant_client import models

from apps.common.errors import StoreUnavailable
from apps.outbox.failpoints import failpoint
from apps.outbox.fences import Fence
from apps.vectors import client, generations
from apps.vectors.errors import CollectionMissing
from apps.vectors.filters import alive, below
from apps.vectors.points import FilmPoint, TastePoint

CONTENT = "content"
"""The name of the vector that the text model makes."""

COLLABORATIVE = "collaborative"
"""The name of the vector that a training makes; a film that nobody rated has none."""

BATCH = 500
"""Points per request, about 4 MB."""

Naming = Callable[[str], str]


class VectorWrites:
    """The writing half of the store; the relay's and the rebuild's, never a request's."""

    def put_films(self, points: Sequence[FilmPoint], fence: Fence) -> None:
        """Store films whole, wherever something older or nothing is."""
        self._write_all(generations.films, [_film(point, fence) for point in points], fence)

    def drop_films(self, movie_ids: Sequence[int], fence: Fence) -> None:
        """Leave tombstones for films that are gone, wherever something older or nothing is."""
        self._write_all(generations.films, [_tombstone(i, fence) for i in movie_ids], fence)

    def put_tastes(self, points: Sequence[TastePoint], fence: Fence) -> None:
        """Store tastes; the fence names the generation whose film vectors they were made from."""
        self._write_all(generations.tastes, [_taste(point, fence) for point in points], fence)

    def drop_tastes(self, user_ids: Sequence[int], fence: Fence) -> None:
        """Leave tombstones for tastes that are no more, wherever something older or nothing is."""
        self._write_all(generations.tastes, [_tombstone(i, fence) for i in user_ids], fence)

    def films_below(self, fence: Fence, generation: str) -> Iterator[list[int]]:
        """The ids of films that carry a lower fence, in pages."""
        return _below(generations.films(generation), fence)

    def tastes_below(self, fence: Fence, generation: str) -> Iterator[list[int]]:
        """The ids of members whose taste carries a lower fence, in pages."""
        return _below(generations.tastes(generation), fence)

    def _write_all(self, naming: Naming, rows: Sequence[models.PointStruct], fence: Fence) -> None:
        for generation in generations.named_in(fence):
            _write(generation, naming(generation), rows, fence)


def _write(
    generation: str, collection: str, rows: Sequence[models.PointStruct], fence: Fence
) -> None:
    failpoint("after_read")
    for batch in _batches(rows):
        try:
            with client.unhurried() as qdrant:
                qdrant.upsert(collection, batch, update_filter=below(fence.number))
        except CollectionMissing as error:
            if generation in generations.living():
                raise StoreUnavailable(
                    client.STORE, f"{collection} is gone. Run: manage.py rebuild vectors"
                ) from error
            return


def _batches(rows: Iterable[models.PointStruct]) -> Iterator[list[models.PointStruct]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _below(collection: str, fence: Fence) -> Iterator[list[int]]:
    offset: Any = None
    while True:
        with client.unhurried() as qdrant:
            records, offset = qdrant.scroll(
                collection,
                scroll_filter=alive(below(fence.number)),
                limit=1000,
                offset=offset,
                with_payload=False,
            )
        if records:
            yield [int(record.id) for record in records]
        if offset is None:
            return


def _film(point: FilmPoint, fence: Fence) -> models.PointStruct:
    payload = {
        "deleted": False,
        "fence": fence.number,
        "title": point.title,
        "year": point.year,
        "origin": point.origin,
        "genres": list(point.genres),
        "people": sorted({*point.directors, *point.actors}),
        "directors": list(point.directors),
        "actors": list(point.actors),
        "text_hash": point.text_hash,
        "model": point.model,
    }
    vector: Any = {CONTENT: point.vector.tolist()}
    if point.factors is not None:
        vector[COLLABORATIVE] = point.factors.tolist()
    return models.PointStruct(id=point.movie_id, vector=vector, payload=payload)


def _taste(point: TastePoint, fence: Fence) -> models.PointStruct:
    payload = {
        "deleted": False,
        "fence": fence.number,
        "user_id": point.user_id,
        # Numbers alone: the engine takes four times as long to read an object for each film.
        "films": [movie_id for movie_id, _ in point.films],
        "half_stars": [round(2 * stars) for _, stars in point.films],
    }
    vector: Any = {CONTENT: point.vector.tolist()}
    return models.PointStruct(id=point.user_id, vector=vector, payload=payload)


def _tombstone(point_id: int, fence: Fence) -> models.PointStruct:
    return models.PointStruct(
        id=point_id, vector={}, payload={"deleted": True, "fence": fence.number}
    )
