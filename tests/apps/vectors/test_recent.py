"""Answers of the last minute: kept by film, for queries that take them, and never empty ones."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches

from apps.vectors.filters import FilmFilter
from apps.vectors.points import FilmQuery
from apps.vectors.store import VectorStore
from tests.apps.vectors.conftest import fence, film, new_id, unit

NEAR, FAR = unit(0.1, -1), unit(-1, 0.1)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    caches["recent"].clear()
    yield
    caches["recent"].clear()


def around(vectors: VectorStore, *movie_ids: int) -> list[list[int]]:
    """The ids near each of these films, as they may have been a minute ago."""
    queries = [FilmQuery((pk,), limit=3, recent=True) for pk in movie_ids]
    return [[hit.movie_id for hit in hits] for hits in vectors.query_batch(queries)]


def put(vectors: VectorStore, vector: object, count: int) -> list[int]:
    keys = [new_id() for _ in range(count)]
    vectors.put_films([film(key, vector) for key in keys], fence(5))
    return keys


def test_an_answer_is_kept_for_its_film_alone(vectors: VectorStore) -> None:
    first, gone, *_ = put(vectors, NEAR, 4)
    other, *_ = put(vectors, FAR, 4)
    (kept,) = around(vectors, first)
    assert gone in kept
    vectors.drop_films([gone], fence(6))

    again, of_other = around(vectors, first, other)
    assert again == kept
    assert not {*of_other} & {*kept, first}
    (asked,) = vectors.query_batch([FilmQuery((first,), limit=3)])
    assert gone not in {hit.movie_id for hit in asked}
    caches["recent"].clear()
    assert gone not in around(vectors, first)[0]


def test_where_all_is_kept_the_first_is_asked_all_the_same(vectors: VectorStore) -> None:
    """Or a store that is away would not be missed."""
    (first, gone), (other, its) = put(vectors, unit(0.3, -0.9), 2), put(vectors, unit(-0.9, 0.3), 2)
    kept = around(vectors, first, other)
    assert gone in kept[0]
    assert its in kept[1]
    vectors.drop_films([gone, its], fence(6))

    again = around(vectors, first, other)
    assert gone not in again[0]
    assert again[1] == kept[1]


def test_scores_are_kept_and_other_queries_are_asked(vectors: VectorStore) -> None:
    first, second = put(vectors, unit(0.6, -0.8), 2)
    wanted = FilmFilter(only_ids=frozenset({second}))
    queries = [
        FilmQuery((first,), limit=3, recent=True),
        FilmQuery((first,), limit=3, filters=wanted),
    ]
    assert vectors.query_batch(queries) == vectors.query_batch(queries)
    assert [hit.movie_id for hit in vectors.query_batch(queries)[1]] == [second]


def test_that_nothing_was_found_is_not_kept(vectors: VectorStore) -> None:
    late = new_id()
    assert around(vectors, late) == [[]]
    vectors.put_films([film(late, NEAR), film(new_id(), NEAR)], fence(5))
    assert around(vectors, late) != [[]]
