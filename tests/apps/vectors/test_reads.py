"""What is like what, through filters, and never what is deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.vectors.filters import FilmFilter
from apps.vectors.points import FilmQuery
from apps.vectors.store import VectorStore
from tests.apps.vectors.conftest import fence, film, new_id, taste, unit


@pytest.fixture
def trio(vectors: VectorStore) -> list[int]:
    """Three films: the second is nearer to the first than the third is. Filters tell them apart."""
    keys = sorted(new_id() for _ in range(3))
    made = [
        film(keys[0], unit(1, 0), genres=("Crime", "Drama"), year=1990, directors=(keys[0],)),
        film(keys[1], unit(1, 0.2), genres=("Crime",), year=1995, actors=(keys[0],)),
        film(keys[2], unit(1, 0.5), genres=("Drama",), year=None, origin=f"of {keys[0]}"),
    ]
    vectors.put_films(made, fence(5))
    return keys


def among(keys: list[int], **more: Any) -> FilmFilter:
    return FilmFilter(only_ids=frozenset(keys), **more)


def test_like_a_film_nearest_first_without_itself(vectors: VectorStore, trio: list[int]) -> None:
    found = vectors.similar([trio[0]], filters=among(trio))
    assert [movie_id for movie_id, _ in found] == trio[1:]
    assert found[0][1] == pytest.approx(1 / 1.04**0.5, abs=1e-4)


def test_unlike_a_film_moves_away_from_it(vectors: VectorStore) -> None:
    liked, disliked, on_its_side, on_the_other = (new_id() for _ in range(4))
    vectors.put_films([film(liked, unit(1, 0)), film(disliked, unit(0.6, 0.8))], fence(5))
    points = [film(on_its_side, unit(0.9, 0.3)), film(on_the_other, unit(0.9, -0.4))]
    vectors.put_films(points, fence(5))
    keys = among([on_its_side, on_the_other])

    assert vectors.similar([liked], filters=keys)[0][0] == on_its_side
    assert vectors.similar([liked], [disliked], filters=keys)[0][0] == on_the_other


def test_like_a_vector_and_like_both(vectors: VectorStore, trio: list[int]) -> None:
    nearest = vectors.nearest_to(unit(1, 0.5), among(trio))
    assert [movie_id for movie_id, _ in nearest] == [trio[2], trio[1], trio[0]]
    both = vectors.similar([trio[0]], filters=among(trio), vector=unit(0, 1))
    assert [movie_id for movie_id, _ in both] == [trio[2], trio[1]]


def test_nothing_to_be_like_finds_nothing(vectors: VectorStore, trio: list[int]) -> None:
    assert vectors.similar([], filters=among(trio)) == []
    assert vectors.similar([], [trio[0]], filters=among(trio)) == []
    assert vectors.similar([trio[0]], filters=among([])) == []
    assert vectors.similar([trio[0]], limit=0) == []


@pytest.mark.parametrize(
    ("conditions", "places"),
    [
        ({"genres": ("Crime",)}, [0, 1]),
        ({"genres": ("Crime", "Drama")}, [0]),
        ({"genres": ("Western",)}, []),
        ({"year_min": 1991}, [1]),
        ({"year_max": 1990}, [0]),
        ({"year_min": 1990, "year_max": 1995}, [0, 1]),
    ],
)
def test_filters(
    vectors: VectorStore, trio: list[int], conditions: dict[str, Any], places: list[int]
) -> None:
    found = vectors.nearest_to(unit(1), among(trio, **conditions))
    assert [movie_id for movie_id, _ in found] == [trio[place] for place in places]


def test_filters_by_people_origin_and_ids(vectors: VectorStore, trio: list[int]) -> None:
    def found(filters: FilmFilter) -> list[int]:
        return [movie_id for movie_id, _ in vectors.nearest_to(unit(1), filters)]

    assert found(FilmFilter(person=trio[0])) == trio[:2]
    assert found(FilmFilter(origin=f"of {trio[0]}")) == [trio[2]]
    assert found(among(trio, without_ids=frozenset(trio[:2]))) == [trio[2]]
    assert found(among(trio, without_ids=frozenset(trio))) == []


def test_tombstones_are_never_found(vectors: VectorStore, trio: list[int]) -> None:
    before = vectors.counts()["films"]
    vectors.drop_films([trio[1]], fence(6))
    assert [key for key, _ in vectors.similar([trio[0]], filters=among(trio))] == [trio[2]]
    assert vectors.counts()["films"] == before - 1


def test_examples_that_are_gone_or_unknown_are_ignored(
    vectors: VectorStore, trio: list[int]
) -> None:
    vectors.drop_films([trio[1]], fence(6))
    unknown = new_id()
    expected = vectors.similar([trio[0]], filters=among(trio))

    assert vectors.similar([trio[0], unknown], [new_id()], filters=among(trio)) == expected
    assert vectors.similar([trio[0], trio[1]], filters=among(trio)) == expected
    assert vectors.similar([trio[1]], filters=among(trio)) == []
    assert vectors.similar([unknown], filters=among(trio)) == []


def test_several_questions_in_one_call(vectors: VectorStore, trio: list[int]) -> None:
    like, nothing, near = vectors.query_batch(
        [
            FilmQuery([trio[0]], filters=among(trio), limit=1),
            FilmQuery([], filters=among(trio)),
            FilmQuery(vector=unit(1, 0.5), filters=among(trio), limit=1, with_vectors=True),
        ]
    )
    assert [hit.movie_id for hit in like] == [trio[1]]
    assert like[0].vector is None
    assert nothing == []
    assert near[0].vector is not None
    assert near[0].vector == pytest.approx(unit(1, 0.5), abs=1e-6)


def test_vectors_of_films(vectors: VectorStore, trio: list[int]) -> None:
    found = vectors.vectors_of([*trio, new_id()])
    assert found.keys() == set(trio)
    assert found[trio[1]] == pytest.approx(unit(1, 0.2), abs=1e-6)
    assert vectors.vectors_of([]) == {}


def test_people_of_like_taste(
    vectors: VectorStore, stored: Callable[[str, int], dict[str, Any] | None]
) -> None:
    me, near, gone = (new_id() for _ in range(3))
    points = [
        taste(me, unit(0, 0, 0, 0, 0, 1)),
        taste(near, unit(0, 0, 0, 0, 0.1, 1)),
        taste(gone, unit(0, 0, 0, 0, 0, 1)),
    ]
    vectors.put_tastes(points, fence(5))
    vectors.drop_tastes([gone], fence(6))

    found = dict(vectors.people_like(me, limit=50))
    assert found[near] == pytest.approx(1 / 1.01**0.5, abs=1e-4)
    assert not {me, gone} & found.keys()
    assert vectors.people_like(gone) == []
    assert vectors.people_like(new_id()) == []
