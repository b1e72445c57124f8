"""A member's taste as one vector, folded from what they have rated. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import exp
from typing import Protocol

import numpy as np

from apps.vectors.points import Vector

NEWEST = 100
"""Ratings beyond the newest hundred weigh less than 4 % of the newest and are not read."""
FADE = 30.0
NEUTRAL = 3.0
_NOTHING = 1e-6


class Rated(Protocol):
    """A film and what its rater thinks of it, 0.5 to 5 stars."""

    @property
    def movie_id(self) -> int:
        """The film."""

    @property
    def stars(self) -> float:
        """0.5 to 5."""


def taste_vector(vectors: Mapping[int, Vector], ratings: Sequence[Rated]) -> Vector | None:
    """The taste behind ratings, newest first, as a vector of length 1; None when they say nothing.

    Each film counts with its stars above 3 (below 3: negative), and the n-th newest rating with
    exp(-n / 30). Films without a vector, and three stars, count nothing; so does what cancels out.
    """
    weighed = [
        ((rating.stars - NEUTRAL) * exp(-rank / FADE), vectors[rating.movie_id])
        for rank, rating in enumerate(ratings[:NEWEST])
        if rating.stars != NEUTRAL and rating.movie_id in vectors
    ]
    if not weighed:
        return None
    weights = np.array([weight for weight, _ in weighed], dtype=np.float64)
    total = weights @ np.stack([vector for _, vector in weighed]).astype(np.float64)
    length = float(np.linalg.norm(total))
    if length < _NOTHING * float(np.abs(weights).sum()):
        return None
    return (total / length).astype(np.float32)


def films_used(
    vectors: Mapping[int, Vector], ratings: Iterable[Rated]
) -> tuple[tuple[int, float], ...]:
    """The films behind `taste_vector`, with their stars, newest first."""
    newest = list(ratings)[:NEWEST]
    return tuple(
        (rating.movie_id, rating.stars)
        for rating in newest
        if rating.stars != NEUTRAL and rating.movie_id in vectors
    )
