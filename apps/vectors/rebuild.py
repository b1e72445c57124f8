"""The bulk projection: every film and taste again, while the store serves, under fences of its own.

Each chunk draws its fence before it reads. In place, what still carries a lower fence than the
first one afterwards is read once more, by the projectors, so that films and members that are gone
become tombstones.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import transaction

from apps.common.errors import StoreUnavailable
from apps.movies import selectors
from apps.movies.models import Movie, Rating
from apps.movies.selectors import Film
from apps.outbox.actions import publish_many
from apps.outbox.fences import Fence, draw
from apps.outbox.projections import Progress
from apps.vectors import generations
from apps.vectors.collections import ensure_schema
from apps.vectors.embedding import embedder_of, model_of
from apps.vectors.errors import UnusableModel
from apps.vectors.generations import DESTINATION
from apps.vectors.points import FilmPoint
from apps.vectors.projectors import build_films, put_or_drop_films, put_or_drop_tastes
from apps.vectors.store import get_vectors
from apps.vectors.topics import EMBEDDING

FILMS = 500
MEMBERS = 200
UPLOADS = 2
"""Chunks on their way while the next ones are read and built."""

PAUSES = (1, 2, 4, 8)
"""Seconds between tries of a chunk: a rebuild of minutes should outlive a stall of seconds."""

ANY_TEXT = "A film."

T = TypeVar("T")


def rebuild(progress: Progress) -> None:
    """Bring the collections of every living generation to what Postgres says, in place.

    A film that nobody can embed now keeps the point that it has and is published, to follow later.
    """
    ensure_schema()
    first = draw(DESTINATION)
    late, refused = copy_films(progress)
    late |= refused
    store = get_vectors()
    for generation in first.generations:
        for ids in store.films_below(first, generation):
            late |= put_or_drop_films(set(ids) - late, draw(DESTINATION))
    with transaction.atomic():
        publish_many(EMBEDDING, [(movie_id,) for movie_id in late])
    copy_tastes(progress)
    for generation in first.generations:
        for ids in store.tastes_below(first, generation):
            put_or_drop_tastes(ids, draw(DESTINATION))


def copy_films(
    progress: Progress, *, only: str = "", ids: Collection[int] = ()
) -> tuple[set[int], set[int]]:
    """Put all films, or those of `ids`, into all living generations, or into `only` that one.

    Gives those that nobody can embed now, and those whose text the model refuses.
    """
    wanted = sorted(ids) or list(Movie.objects.order_by("id").values_list("id", flat=True))
    late: set[int] = set()
    refused: set[int] = set()
    done = 0
    with ThreadPoolExecutor(UPLOADS, thread_name_prefix="vectors-upload") as pool:
        uploads: list[Future[None]] = []
        for chunk in _chunks(wanted, FILMS):
            fence = _drawn(only)
            films = list(selectors.films(chunk).values())
            for generation in generations.named_in(fence):
                points, unready, unusable = _built(films, generation)
                late |= unready
                refused |= unusable
                if len(uploads) == UPLOADS:
                    uploads.pop(0).result()
                put = partial(get_vectors().put_films, points, fence.only(generation))
                uploads.append(pool.submit(_patiently, put))
            done += len(chunk)
            progress("films", done, len(wanted))
        for upload in uploads:
            upload.result()
    return late, refused


def _patiently(put: Callable[[], None]) -> None:
    """Put a chunk; a server too slow for it gets time. What is read again needs a new fence."""
    for pause in PAUSES:
        try:
            return put()
        except StoreUnavailable:
            time.sleep(pause)
    return put()


def _built(films: Sequence[Film], generation: str) -> tuple[list[FilmPoint], set[int], set[int]]:
    """Points, who must wait, and whose text the model refuses."""
    try:
        return *build_films(films, generation), set()
    except UnusableModel:
        return _built_one_by_one(films, generation)


def _built_one_by_one(
    films: Sequence[Film], generation: str
) -> tuple[list[FilmPoint], set[int], set[int]]:
    points: list[FilmPoint] = []
    late: set[int] = set()
    refused: set[int] = set()
    if not _answers(generation):
        return points, {film.id for film in films}, refused
    dimensions = model_of(generation).dimensions
    for film in films:
        try:
            built, unready = build_films([film], generation)
        except UnusableModel:
            refused.add(film.id)
            continue
        late |= unready
        points += [point for point in built if len(point.vector) == dimensions]
        refused |= {point.movie_id for point in built if len(point.vector) != dimensions}
    return points, late, refused


def _answers(generation: str) -> bool:
    """Whether the model is well: one that refuses this text refuses any."""
    try:
        return bool(embedder_of(generation).embed([ANY_TEXT]))
    except UnusableModel:
        return False


def copy_tastes(progress: Progress, *, only: str = "") -> None:
    """Make the tastes of all who rated anew, in all living generations or in `only` that one."""
    ids = list(Rating.objects.order_by("user_id").values_list("user_id", flat=True).distinct())
    for done, chunk in enumerate(_chunks(ids, MEMBERS), start=1):
        _patiently(lambda chunk=chunk: put_or_drop_tastes(chunk, _drawn(only), gives_up=False))  # type: ignore[misc]
        progress("tastes", min(done * MEMBERS, len(ids)), len(ids))


def _drawn(only: str) -> Fence:
    fence = draw(DESTINATION)
    return fence.only(only) if only else fence


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
