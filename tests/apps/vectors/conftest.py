"""A look into the vector store that goes past our own code, and points to fill it with."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from qdrant_client import QdrantClient

from apps.outbox.fences import Fence
from apps.vectors.embedding import embedder_of
from apps.vectors.embedding_client import get_client
from apps.vectors.points import FilmPoint, TastePoint, Vector
from tests.clients import qdrant_at

GENERATION = "g1"
NOBODY = "http://127.0.0.1:1"
_ids = count(2_000_000_000)


@pytest.fixture(scope="session")
def qdrant(stores: Any) -> Iterator[QdrantClient]:
    """A client of the test's own."""
    made = qdrant_at(stores.environment)
    yield made
    made.close()


@pytest.fixture
def stored(qdrant: QdrantClient) -> Callable[[str, int], dict[str, Any] | None]:
    """The payload of a point as it lies there, tombstone or not, with `has_vector`."""

    def look(kind: str, key: int) -> dict[str, Any] | None:
        found = qdrant.retrieve(f"{kind}-{GENERATION}", [key], with_vectors=True)
        if not found:
            return None
        return {**(found[0].payload or {}), "has_vector": bool(found[0].vector)}

    return look


@pytest.fixture
def embedder_at(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Has the embedding service be elsewhere; the empty address is that of all tests."""
    environment = django_settings.ENVIRONMENT

    def move(url: str) -> None:
        chosen = replace(environment.embedding, url=url or environment.embedding.url)
        settings.ENVIRONMENT = replace(environment, embedding=chosen)
        get_client().close()
        get_client.cache_clear()
        embedder_of.cache_clear()

    yield move
    move("")


def new_id() -> int:
    """An id that no other test has."""
    return next(_ids)


def fence(number: int) -> Fence:
    """A fence for the live generation."""
    return Fence(number, (GENERATION,))


def unit(*parts: float) -> Vector:
    """A vector of length 1 whose first parts are these."""
    vector = np.zeros(384, dtype=np.float32)
    vector[: len(parts)] = parts
    return vector / np.float32(np.linalg.norm(vector))


def film(movie_id: int, vector: Vector | None = None, **fields: Any) -> FilmPoint:
    """A film's point; what is not named is plain."""
    plain: dict[str, Any] = {
        "title": f"Film {movie_id}",
        "year": 1995,
        "origin": "",
        "genres": (),
        "directors": (),
        "actors": (),
        "text_hash": "0" * 64,
        "model": "test",
    }
    return FilmPoint(movie_id, unit(1) if vector is None else vector, **(plain | fields))


def taste(user_id: int, vector: Vector) -> TastePoint:
    """A member's taste."""
    return TastePoint(user_id, vector, ((1, 5.0),))
