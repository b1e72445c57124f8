"""Which films are rated by the same people: the factors behind the collaborative source.

The model is EASE (Steck, WWW 2019) in a form with few numbers per film: with X = Q S Rᵀ, people by
films, its inverse Gram matrix is (I − R D Rᵀ) / λ with D = S² / (S² + λ). So the weight from film i
to film j is uᵢ · uⱼ / (1 − |uⱼ|²) where u are the rows of R √D: one vector says what having rated
a film means, another what a film is. Both are damped for films that everybody knows.

What a person rated in a row belongs together more than what they rated years apart. So their
stretches of ratings are rows of X besides, as if each were a person.
"""

from typing import Any

import numpy as np
from scipy import sparse

from apps.recommendations.learning.principal import principal
from apps.recommendations.learning.ratings import Ratings
from apps.vectors.factors import Matrix

RANK = 384
RIDGE = 200.0
KNOWN_AS_SEED = 0.2
KNOWN_AS_FILM = 0.2
"""Powers of a film's number of ratings that its two vectors are divided by."""

STRETCH = 40
"""Ratings in a row; every stretch begins in the middle of the one before."""

OF_STRETCH = 0.5
"""What a film counts in the row of a stretch, against 1 in that of a person."""


def co_rated(ratings: Ratings) -> tuple[Matrix, Matrix]:
    """`taste` and `film` of Factors."""
    people = sparse.csr_matrix(
        (np.ones(len(ratings.film), np.float32), (ratings.person, ratings.film)),
        shape=(len(ratings.people), len(ratings.films)),
    )
    rows = sparse.vstack([people, OF_STRETCH * _stretches(ratings)], format="csr")
    strengths, directions = principal(rows, RANK)
    unit = directions * np.sqrt(strengths**2 / (strengths**2 + RIDGE))
    explained = np.minimum((unit**2).sum(axis=1, keepdims=True), 0.99)
    known = 1.0 + np.asarray(people.sum(axis=0)).reshape(-1, 1)
    return (
        (unit * known**-KNOWN_AS_SEED).astype(np.float32),
        (unit / (1 - explained) * known**-KNOWN_AS_FILM).astype(np.float32),
    )


def _stretches(ratings: Ratings) -> Any:
    """1 where a film is in a stretch, stretches by films."""
    half = ratings.age // (STRETCH // 2)
    begun = ratings.person * (half.max(initial=0) + 1) + half
    later = half > 0
    stretches = np.concatenate([begun, begun[later] - 1])
    films = np.concatenate([ratings.film, ratings.film[later]])
    numbers, row = np.unique(stretches, return_inverse=True)
    return sparse.csr_matrix(
        (np.ones(len(films), np.float32), (row, films)), shape=(len(numbers), len(ratings.films))
    )
