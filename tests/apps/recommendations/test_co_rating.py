"""What the factors learn from who rated what, and from what was rated in a row."""

import numpy as np

from apps.recommendations.learning.co_rating import STRETCH, co_rated
from apps.recommendations.learning.ratings import in_order


def test_films_rated_in_a_row_belong_together() -> None:
    """All rate all films, first those of one kind: only the order tells the kinds apart."""
    draw = np.random.default_rng(7)
    one, other = np.arange(STRETCH), np.arange(STRETCH, 2 * STRETCH)
    orders = []
    for number in range(30):
        first, then = (one, other) if number % 2 else (other, one)
        orders.append(np.concatenate([draw.permutation(first), draw.permutation(then)]))
    movie = np.concatenate(orders)
    user = np.repeat(np.arange(len(orders)), 2 * STRETCH)
    taste, film = co_rated(in_order(user, movie, np.full(len(movie), 8), np.arange(len(movie))))
    drawn = taste @ film.T
    np.fill_diagonal(drawn, 0)
    assert drawn[one][:, one].sum() > 1.5 * drawn[one][:, other].sum()
