"""The taste vector: pure, and what one would expect of it."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.vectors.points import Vector
from apps.vectors.taste import NEWEST, films_used, taste_vector
from tests.apps.vectors.conftest import unit


@dataclass(frozen=True)
class Opinion:
    movie_id: int
    stars: float


FILMS: dict[int, Vector] = {1: unit(1, 0), 2: unit(0, 1), 3: unit(0.6, 0.8)}
STARS = st.sampled_from([half / 2 for half in range(1, 11)])
OPINIONS = st.lists(st.builds(Opinion, st.integers(1, 6), STARS), max_size=120)


@given(OPINIONS)
def test_a_taste_has_length_1_or_is_none(opinions: list[Opinion]) -> None:
    vector = taste_vector(FILMS, opinions)
    if vector is not None:
        assert vector.shape == (384,)
        assert vector.dtype == np.float32
        assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
        assert films_used(FILMS, opinions)


@given(OPINIONS)
def test_films_without_a_vector_and_three_stars_say_nothing(opinions: list[Opinion]) -> None:
    silent = [Opinion(9, opinion.stars) for opinion in opinions]
    assert taste_vector(FILMS, silent) is None
    assert taste_vector(FILMS, [Opinion(o.movie_id, 3.0) for o in opinions]) is None
    assert films_used(FILMS, silent) == ()


@given(OPINIONS)
def test_the_opposite_opinions_are_the_opposite_taste(opinions: list[Opinion]) -> None:
    opposite = [Opinion(opinion.movie_id, 6 - opinion.stars) for opinion in opinions]
    one, other = taste_vector(FILMS, opinions), taste_vector(FILMS, opposite)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one == pytest.approx(-other, abs=1e-6)


@given(OPINIONS)
def test_only_the_newest_hundred_count(opinions: list[Opinion]) -> None:
    assert films_used(FILMS, opinions) == films_used(FILMS, opinions[:NEWEST])
    one, other = taste_vector(FILMS, opinions), taste_vector(FILMS, opinions[:NEWEST])
    assert one is other is None or np.array_equal(one, other)


def test_one_liked_film_is_the_taste_and_one_disliked_its_opposite() -> None:
    assert taste_vector(FILMS, [Opinion(1, 4.0)]) == pytest.approx(FILMS[1])
    assert taste_vector(FILMS, [Opinion(1, 1.0)]) == pytest.approx(-FILMS[1])


def test_more_stars_and_newer_ratings_weigh_more() -> None:
    by_stars = taste_vector(FILMS, [Opinion(1, 4.0), Opinion(2, 5.0)])
    by_age = taste_vector(FILMS, [Opinion(1, 5.0), Opinion(2, 5.0)])
    assert by_stars is not None
    assert by_age is not None
    assert by_stars[1] > by_stars[0] > 0
    assert by_age[0] > by_age[1] > 0


def test_what_cancels_out_is_no_taste() -> None:
    same = {1: unit(1), 2: unit(1)}
    weights = [Opinion(1, 4.0), Opinion(2, 2.0)]
    assert taste_vector(same, weights) is not None
    assert taste_vector({1: unit(1)}, [Opinion(1, 3.0)]) is None


def test_the_films_used_come_newest_first_with_their_stars() -> None:
    opinions = [Opinion(2, 4.5), Opinion(9, 5.0), Opinion(1, 3.0), Opinion(3, 0.5)]
    assert films_used(FILMS, opinions) == ((2, 4.5), (3, 0.5))
