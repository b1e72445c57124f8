"""Which films members rate soon after which: the pairs behind the sequential source.

A film leads to another by the share of its raters who rated the other among their next `WINDOW`
ratings, the sooner the more; the other is damped a little when everybody knows it. Direction is
what `co_rating` has none of: who begins a series goes on with it. Steps of fewer than `LEAST_TOLD`
members are left out: from them one could tell what a single member did.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from apps.movies.models import LEAST_TOLD
from apps.recommendations.learning.ratings import Ids, Ratings
from apps.vectors.factors import Matrix

WINDOW = 20
FADE = 5.0
"""A rating is worth 1/e of the next one when so many stand between."""

KNOWN_AS_NEXT = 0.2
"""Power of the later film's number of ratings that its worth is divided by."""

KEPT = 50
"""Films that one leads to, at most: the best."""


def rated_next(ratings: Ratings) -> tuple[Ids, Matrix]:
    """`next_rows` and `next_worth` of Factors."""
    films = len(ratings.films)
    worth, members = (sparse.csr_array((films, films), dtype=np.float32) for _ in range(2))
    for steps in range(1, min(WINDOW, len(ratings.film) - 1) + 1):
        same = ratings.person[steps:] == ratings.person[:-steps]
        pairs = (ratings.film[steps:][same], ratings.film[:-steps][same])
        once = sparse.csr_array((np.ones(len(pairs[0]), np.float32), pairs), shape=(films, films))
        members = members + once
        worth = worth + once * np.float32(np.exp(-steps / FADE))
    # Both hold the same pairs in the same order: they are sums of the same matrices.
    told = worth.tocoo()
    several = members.tocoo().data >= LEAST_TOLD
    counts = np.bincount(ratings.film, minlength=films)
    earlier, later = told.row[several], told.col[several]
    share = told.data[several] / counts[earlier] / counts[later] ** KNOWN_AS_NEXT
    return best_of_each(earlier, later, share, films)


def best_of_each(
    earlier: NDArray[Any], later: NDArray[Any], worth: NDArray[Any], films: int
) -> tuple[Ids, Matrix]:
    """For each earlier film the `KEPT` best later ones and their worth; 0 where there are fewer."""
    order = np.lexsort((later, -worth, earlier))
    row, place = earlier[order], np.arange(len(order))
    place -= np.searchsorted(row, np.arange(films))[row]
    kept = place < KEPT
    cells = row[kept], place[kept]
    rows, worths = np.zeros((films, KEPT), np.int64), np.zeros((films, KEPT), np.float32)
    rows[cells], worths[cells] = later[order][kept], worth[order][kept]
    return rows, worths
