"""Guarded writes: whatever comes late, the highest fence stays."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.common.errors import StoreUnavailable
from apps.outbox.fences import Fence
from apps.vectors.errors import VectorsRefused
from apps.vectors.store import VectorStore, get_vectors
from apps.vectors.writes import BATCH
from tests.apps.vectors.conftest import fence, film, new_id, taste, unit

Stored = Callable[[str, int], dict[str, Any] | None]


def test_a_film_is_stored_whole(vectors: VectorStore, stored: Stored) -> None:
    key = new_id()
    point = film(
        key, genres=("Crime", "Drama"), directors=(7,), actors=(9, 7), origin="American", year=None
    )
    vectors.put_films([point], fence(5))

    assert stored("films", key) == {
        "deleted": False,
        "fence": 5,
        "title": f"Film {key}",
        "year": None,
        "origin": "American",
        "genres": ["Crime", "Drama"],
        "people": [7, 9],
        "directors": [7],
        "actors": [9, 7],
        "text_hash": "0" * 64,
        "model": "test",
        "has_vector": True,
    }


def test_a_dropped_film_leaves_a_tombstone_that_says_nothing(
    vectors: VectorStore, stored: Stored
) -> None:
    key = new_id()
    vectors.put_films([film(key)], fence(5))
    vectors.drop_films([key], fence(6))

    assert stored("films", key) == {"deleted": True, "fence": 6, "has_vector": False}
    assert vectors.vectors_of([key]) == {}


def test_a_late_put_does_not_bring_a_film_back(vectors: VectorStore, stored: Stored) -> None:
    key = new_id()
    vectors.drop_films([key], fence(6))
    vectors.put_films([film(key)], fence(5))
    assert stored("films", key) == {"deleted": True, "fence": 6, "has_vector": False}

    vectors.put_films([film(key)], fence(7))
    assert (stored("films", key) or {})["deleted"] is False


def test_tastes_are_guarded_like_films(vectors: VectorStore, stored: Stored) -> None:
    key = new_id()
    vectors.put_tastes([taste(key, unit(1))], fence(5))
    vectors.drop_tastes([key], fence(4))
    assert stored("tastes", key) == {
        "deleted": False,
        "fence": 5,
        "user_id": key,
        "films": [1],
        "half_stars": [10],
        "has_vector": True,
    }

    vectors.drop_tastes([key], fence(6))
    vectors.put_tastes([taste(key, unit(1))], fence(5))
    assert stored("tastes", key) == {"deleted": True, "fence": 6, "has_vector": False}


def test_more_films_than_one_request_takes(vectors: VectorStore, stored: Stored) -> None:
    keys = [new_id() for _ in range(BATCH + 1)]
    vectors.put_films([film(key) for key in keys], fence(5))
    assert stored("films", keys[0])
    assert stored("films", keys[-1])


def test_the_highest_fence_wins_among_threads(vectors: VectorStore, stored: Stored) -> None:
    key = new_id()
    start = threading.Barrier(6)

    def write(offset: int) -> None:
        start.wait()
        for number in [*range(20, 0, -1), *range(1, 21)]:
            mine = fence(number * 6 + offset)
            if number % 2:
                vectors.drop_films([key], mine)
            else:
                vectors.put_films([film(key)], mine)

    threads = [threading.Thread(target=write, args=(offset,)) for offset in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stored("films", key) or {}
    assert (found["fence"], found["deleted"]) == (20 * 6 + 5, False)


def test_a_write_without_a_generation_waits_for_one(vectors: VectorStore) -> None:
    with pytest.raises(StoreUnavailable, match="sync_schemas"):
        vectors.put_films([film(new_id())], Fence(5))


def test_a_write_into_a_retired_generation_is_done(vectors: VectorStore) -> None:
    vectors.put_films([film(new_id())], Fence(5, ("g-retired",)))


def test_a_vector_of_another_size_is_refused(vectors: VectorStore) -> None:
    with pytest.raises(VectorsRefused):
        vectors.put_films([film(new_id(), unit(1)[:3])], fence(5))


class GuardedWrites(RuleBasedStateMachine):
    """Puts and drops of three films in any order of fences, against the engine itself."""

    look: Stored

    @initialize()
    def films(self) -> None:
        self.keys = [new_id() for _ in range(3)]
        self.model: dict[int, tuple[int, bool]] = {}

    @rule(which=st.sets(st.integers(0, 2), min_size=1), number=st.integers(1, 9), put=st.booleans())
    def write(self, which: set[int], number: int, put: bool) -> None:
        keys = [self.keys[place] for place in which]
        if put:
            get_vectors().put_films([film(key) for key in keys], fence(number))
        else:
            get_vectors().drop_films(keys, fence(number))
        for key in keys:
            if number > self.model.get(key, (0, False))[0]:
                self.model[key] = (number, not put)

    @invariant()
    def holds_the_highest_fence(self) -> None:
        for key in getattr(self, "keys", []):
            found = type(self).look("films", key)
            held = None if found is None else (found["fence"], found["deleted"])
            assert held == self.model.get(key)


@pytest.mark.usefixtures("vectors")
def test_any_order_of_puts_and_drops(stored: Stored) -> None:
    GuardedWrites.look = staticmethod(stored)
    GuardedWrites.TestCase.settings = settings(
        max_examples=25, stateful_step_count=12, deadline=None
    )
    GuardedWrites.TestCase().runTest()
