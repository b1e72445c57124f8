"""The vectors as generations: what `apps.outbox.generations` asks of such a store."""

import time

from apps.outbox.generations import check_building
from apps.outbox.projections import Progress
from apps.vectors import client, generations
from apps.vectors.collections import ensure_collections, ours, point_aliases
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.generations import DESTINATION
from apps.vectors.rebuild import copy_films, copy_tastes

PATIENCE_SECONDS = 120.0
"""How long a copy waits for the embedding model without getting one text further."""


def create(generation: str) -> None:
    """Make the two collections with their indexes."""
    ensure_collections(generation)


def fill(generation: str, progress: Progress) -> None:
    """Copy every film, then every taste, which stands on the films' vectors.

    EmbeddingUnavailable when the model stays away, GivenUp when a writer gave the generation up.
    """

    def told(what: str, done: int, total: int) -> None:
        check_building(DESTINATION, generation)
        progress(what, done, total)

    late = copy_films(told, only=generation)
    end = time.monotonic() + PATIENCE_SECONDS
    while late:
        left = copy_films(told, only=generation, ids=late)
        if len(left) < len(late):
            end = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() > end:
            raise EmbeddingUnavailable(f"{len(left)} films wait for it.")
        else:
            time.sleep(1)
        late = left
    copy_tastes(told, only=generation)


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
