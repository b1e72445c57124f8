"""The vectors as generations: what `apps.outbox.generations` asks of such a store."""

import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from apps.movies.topics import MOVIE
from apps.outbox.actions import publish_many
from apps.outbox.generations import check_building
from apps.outbox.projections import Progress
from apps.outbox.selectors import at_rest
from apps.vectors import client, factors, generations
from apps.vectors.collections import ensure_collections, ours, point_aliases
from apps.vectors.embedding import known_model
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.generations import DESTINATION
from apps.vectors.rebuild import copy_films, copy_tastes
from apps.vectors.topics import EMBEDDING

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""How long the embedding model is waited for without getting one text further."""


def create(generation: str, variant: str) -> dict[str, Any]:
    """Make the two collections with their indexes for a model, by default the settings'.

    It holds the factors of the newest training that was accepted.
    EmbeddingUnavailable when the model cannot be had.
    """
    made_by = _patiently(lambda: known_model(variant))
    noted = factors.newest()
    ensure_collections(generation, made_by, noted.get("rank", 0))
    return made_by.as_json() | noted


def fill(generation: str, progress: Progress) -> None:
    """Copy every film, then every taste, which stands on the films' vectors.

    A film whose text the model refuses is left out, and to the relay, which parks it alone.
    EmbeddingUnavailable when the model stays away, GivenUp when a writer gave the generation up.
    """

    def told(what: str, done: int, total: int) -> None:
        check_building(DESTINATION, generation)
        progress(what, done, total)

    late, refused = copy_films(told, only=generation)
    while late:
        late, unusable = _patiently(partial(_copy_some, told, generation, late))
        refused |= unusable
    _leave_to_the_relay(refused)
    copy_tastes(told, only=generation)


def _copy_some(told: Progress, generation: str, late: Collection[int]) -> tuple[set[int], set[int]]:
    left, refused = copy_films(told, only=generation, ids=late)
    if len(left) == len(late):
        raise EmbeddingUnavailable(f"{len(left)} films wait for it.")
    return left, refused


def _leave_to_the_relay(movie_ids: Collection[int]) -> None:
    """Publish those that neither rest as dead letters nor were given up."""
    known = at_rest(DESTINATION, [MOVIE.name, EMBEDDING.name], [str(pk) for pk in movie_ids])
    with transaction.atomic():
        publish_many(EMBEDDING, [(pk,) for pk in movie_ids if str(pk) not in known])


def serve(generation: str) -> None:
    """Point the aliases to it; our own readers follow Postgres within a second."""
    point_aliases(generation)
    generations.pointer.forget()


def clear() -> None:
    """Delete the collections that no living generation owns."""
    owned = {
        naming(generation)
        for generation in generations.living()
        for naming in (generations.films, generations.tastes)
    }
    for name in set(ours()) - owned:
        with client.unhurried() as qdrant:
            qdrant.delete_collection(name)


def _patiently(work: Callable[[], T]) -> T:
    """Again and again while the model is away: it may be loading."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except EmbeddingUnavailable:
            if time.monotonic() > end:
                raise
        time.sleep(1)
