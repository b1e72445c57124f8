"""The generated follow graph: MovieLens has none, so its raters follow those of like taste."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.movies.importers.records import RatingRecord

MOST_FOLLOWS = 10
SHARED_FILMS = 20
"""Films that two must both have rated before their agreement says anything."""

SHRINKAGE = 20.0
"""Shared films at which a correlation counts half: r · n / (n + 20)."""

Matrix = NDArray[np.float32]


class GeneratedFollow(NamedTuple):
    """One rater follows another since the later of their first ratings."""

    follower: int
    followee: int
    since: datetime


def generated_follows(ratings: Sequence[RatingRecord]) -> list[GeneratedFollow]:
    """Whom each rater follows: at most ten others, those with the highest positive agreement.

    Agreement is Pearson's correlation over shared films, shrunk towards 0 for few. The same
    ratings in any order give the same follows; equal agreement goes to the lower number.
    """
    if not ratings:
        return []
    raters = sorted({rating.rater for rating in ratings})
    first: dict[int, datetime] = {}
    for rating in ratings:
        first[rating.rater] = min(rating.rated_at, first.get(rating.rater, rating.rated_at))
    agreement = _agreement(raters, ratings)
    return [
        GeneratedFollow(raters[one], raters[other], max(first[raters[one]], first[raters[other]]))
        for one in range(len(raters))
        for other in _best(agreement[one])
    ]


def _best(agreement: NDArray[np.float64]) -> list[int]:
    order = np.argsort(-agreement, kind="stable")[:MOST_FOLLOWS]
    return [int(other) for other in order if agreement[other] > 0]


def _agreement(raters: Sequence[int], ratings: Sequence[RatingRecord]) -> NDArray[np.float64]:
    """Shrunk correlation of each two raters; 0 with oneself and below 20 shared films.

    Half stars are whole numbers, and the sums stay below 2^24: exact in float32 in any order.
    """
    stars, rated = _matrices(raters, ratings)
    shared = (rated @ rated.T).astype(np.float64)
    products = (stars @ stars.T).astype(np.float64)
    sums = (stars @ rated.T).astype(np.float64)
    squares = ((stars * stars) @ rated.T).astype(np.float64)
    spread = shared * squares - sums**2
    scale = np.sqrt(spread * spread.T)
    covariance = shared * products - sums * sums.T
    usable = (shared >= SHARED_FILMS) & (scale > 0)
    np.fill_diagonal(usable, val=False)
    correlation = np.divide(covariance, scale, out=np.zeros_like(scale), where=usable)
    return np.round(correlation * shared / (shared + SHRINKAGE), 6)


def _matrices(raters: Sequence[int], ratings: Sequence[RatingRecord]) -> tuple[Matrix, Matrix]:
    """Half stars, and 1 where rated, of shape (raters, films)."""
    row_of = {rater: row for row, rater in enumerate(raters)}
    films = sorted({rating.movie_id for rating in ratings})
    column_of = {movie_id: column for column, movie_id in enumerate(films)}
    stars = np.zeros((len(raters), len(films)), dtype=np.float32)
    rows = [row_of[rating.rater] for rating in ratings]
    columns = [column_of[rating.movie_id] for rating in ratings]
    stars[rows, columns] = [rating.half_stars for rating in ratings]
    return stars, (stars > 0).astype(np.float32)
