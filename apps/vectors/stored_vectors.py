"""The vectors of stored films, for whoever makes tastes from many of them.

A vector is 384 numbers of JSON, a fence is one: so the fences of the films are asked for, and only
vectors that are not held under exactly that fence are fetched.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from threading import Lock
from typing import Any

import numpy as np

from apps.common.errors import StoreUnavailable
from apps.vectors import client, generations
from apps.vectors.errors import CollectionMissing
from apps.vectors.points import Vector
from apps.vectors.writes import CONTENT

MOST = 10_000
"""Vectors held by a process, 16 MB."""

PAGE = 1000


class StoredVectors:
    """Film vectors of concrete generations, as they are now."""

    def __init__(self) -> None:
        """Nothing is held yet."""
        self._held: OrderedDict[tuple[str, int], tuple[int, Vector]] = OrderedDict()
        self._lock = Lock()

    def of(self, generation: str, movie_ids: Collection[int]) -> dict[int, Vector]:
        """The vectors of those of these films that have one; a retired generation has none."""
        ids = sorted(set(movie_ids))
        try:
            return self._current(generation, ids) if ids else {}
        except CollectionMissing as error:
            if generation in generations.living():
                raise StoreUnavailable(client.STORE, str(error)) from error
            return {}

    def _current(self, generation: str, ids: Sequence[int]) -> dict[int, Vector]:
        with self._lock:
            held = {i: self._held[generation, i] for i in ids if (generation, i) in self._held}
        fences = _fences(generation, list(held))
        found = {i: vector for i, (fence, vector) in held.items() if fences.get(i) == fence}
        fetched = _fetch(generation, [i for i in ids if i not in found])
        self._keep(generation, fetched)
        return found | {i: vector for i, (_, vector) in fetched.items()}

    def _keep(self, generation: str, fetched: dict[int, tuple[int, Vector]]) -> None:
        with self._lock:
            for movie_id, entry in fetched.items():
                self._held[generation, movie_id] = entry
                self._held.move_to_end((generation, movie_id))
            while len(self._held) > MOST:
                self._held.popitem(last=False)


stored_vectors = StoredVectors()


def _fences(generation: str, ids: Sequence[int]) -> dict[int, int]:
    return {i: fence for i, fence, _ in _records(generation, ids, vectors=False)}


def _fetch(generation: str, ids: Sequence[int]) -> dict[int, tuple[int, Vector]]:
    return {
        i: (fence, np.asarray(vector[CONTENT], dtype=np.float32))
        for i, fence, vector in _records(generation, ids, vectors=True)
        if CONTENT in vector
    }


def _records(generation: str, ids: Sequence[int], *, vectors: bool) -> list[tuple[int, int, Any]]:
    wanted = {"with_payload": ["fence"], "with_vector": [CONTENT] if vectors else False}
    rows: list[tuple[int, int, Any]] = []
    for start in range(0, len(ids), PAGE):
        page = wanted | {"ids": ids[start : start + PAGE]}
        with client.unhurried():
            films = generations.films(generation)
            records = client.ask(films, "points", page, seconds=client.WRITE_SOCKET_SECONDS)
        rows += [(one["id"], one["payload"]["fence"], one.get("vector") or {}) for one in records]
    return rows
