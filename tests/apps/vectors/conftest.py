"""A look into the vector store that goes past our own code, and points to fill it with."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient

from apps.outbox.fences import Fence
from apps.vectors.points import FilmPoint, TastePoint, Vector
from tests.clients import qdrant_at

GENERATION = "g1"
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
