"""The bulk projection: every film and taste again, while the store serves, under fences of its own.

Each chunk draws its fence before it reads. What still carries a lower fence than the first one
afterwards is read once more, by the projectors, so that films and members that are gone become
tombstones.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import transaction

from apps.movies import selectors
from apps.movies.models import Movie, Rating
from apps.outbox.actions import publish_many
from apps.outbox.fences import draw
from apps.outbox.projections import Progress
from apps.vectors.collections import ensure_schema
from apps.vectors.generations import DESTINATION
from apps.vectors.projectors import build_films, put_or_drop_films, put_or_drop_tastes
from apps.vectors.store import get_vectors
from apps.vectors.topics import EMBEDDING

FILMS = 500
MEMBERS = 200
UPLOADS = 2
"""Chunks on their way while the next ones are read and built."""

T = TypeVar("T")


def rebuild(progress: Progress) -> None:
    """Bring both collections of every living generation to what Postgres says.

    A film that nobody can embed now keeps the point that it has and is published, to follow later.
    """
    ensure_schema()
    first = draw(DESTINATION)
    late = _copy_films(progress)
    store = get_vectors()
    for generation in first.generations:
        for ids in store.films_below(first, generation):
            late |= put_or_drop_films(ids, draw(DESTINATION))
    with transaction.atomic():
        publish_many(EMBEDDING, [(movie_id,) for movie_id in late])
    _copy_tastes(progress)
    for generation in first.generations:
        for ids in store.tastes_below(first, generation):
            put_or_drop_tastes(ids, draw(DESTINATION))


def _copy_films(progress: Progress) -> set[int]:
    ids = list(Movie.objects.order_by("id").values_list("id", flat=True))
    late: set[int] = set()
    done = 0
    with ThreadPoolExecutor(UPLOADS, thread_name_prefix="vectors-upload") as pool:
        uploads: list[Future[None]] = []
        for chunk in _chunks(ids, FILMS):
            fence = draw(DESTINATION)
            points, unready = build_films(list(selectors.films(chunk).values()))
            late |= unready
            if len(uploads) == UPLOADS:
                uploads.pop(0).result()
            uploads.append(pool.submit(get_vectors().put_films, points, fence))
            done += len(chunk)
            progress("films", done, len(ids))
        for upload in uploads:
            upload.result()
    return late


def _copy_tastes(progress: Progress) -> None:
    ids = list(Rating.objects.order_by("user_id").values_list("user_id", flat=True).distinct())
    for done, chunk in enumerate(_chunks(ids, MEMBERS), start=1):
        put_or_drop_tastes(chunk, draw(DESTINATION))
        progress("tastes", min(done * MEMBERS, len(ids)), len(ids))


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
