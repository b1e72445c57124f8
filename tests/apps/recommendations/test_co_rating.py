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
