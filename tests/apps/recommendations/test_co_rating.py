"""What the factors learn from who rated what, and from what was rated in a row."""

import numpy as np

from apps.recommendations.learning.co_rating import STRETCH, co_rated
from apps.recommendations.learning.ratings import Columns, in_order
from apps.vectors.factors import Matrix

ONE, OTHER = np.arange(STRETCH), np.arange(STRETCH, 2 * STRETCH)


def test_films_rated_in_a_row_belong_together() -> None:
    assert in_a_row_to_apart(*co_rated(in_order(*in_turns()))) > 1.5


def in_turns() -> Columns:
    """All rate all films, first those of one kind: only the order tells the kinds apart."""
    draw = np.random.default_rng(7)
    orders = []
    for number in range(30):
        first, then = (ONE, OTHER) if number % 2 else (OTHER, ONE)
        orders.append(np.concatenate([draw.permutation(first), draw.permutation(then)]))
    movie = np.concatenate(orders)
    user = np.repeat(np.arange(len(orders)), 2 * STRETCH)
    return user, movie, np.full(len(movie), 8), np.arange(len(movie))


def in_a_row_to_apart(taste: Matrix, film: Matrix) -> float:
    """How many times the weight between the kinds is that within one."""
    drawn = taste @ film.T
    np.fill_diagonal(drawn, 0)
    return float(drawn[ONE][:, ONE].sum() / drawn[ONE][:, OTHER].sum())


def test_what_too_few_rated_leads_to_nothing_and_nothing_to_it() -> None:
    """Of two members one may be the only other: what they rate is theirs to tell."""
    user, movie, half_stars, at = in_turns()
    rare, enough = len(movie) + np.arange(2)
    raters = np.array([0, 1, 0, 1, 2])
    films = np.array([rare, rare, enough, enough, enough])
    ratings = in_order(
        np.append(user, raters),
        np.append(movie, films),
        np.append(half_stars, np.full(5, 8)),
        np.append(at, np.full(5, len(movie))),
    )
    for vectors in co_rated(ratings):
        assert not vectors[ratings.films == rare].any()
        assert vectors[ratings.films == enough].any()
