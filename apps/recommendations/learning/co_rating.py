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
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import aslinearoperator

from apps.movies.models import LEAST_TOLD
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
    strengths, directions = principal(_people_and_stretches(ratings), RANK)
    unit = directions * np.sqrt(strengths**2 / (strengths**2 + RIDGE))
    return weighed(unit, np.bincount(ratings.film, minlength=len(ratings.films)))


def weighed(unit: NDArray[Any], ratings: NDArray[Any]) -> tuple[Matrix, Matrix]:
    """The two vectors of films from u, a row each, and their numbers of ratings.

    Zeros for a film that too few have rated: what it leads to would tell what they do.
    """
    unit = np.where(ratings.reshape(-1, 1) < LEAST_TOLD, 0, unit)
    explained = np.minimum((unit**2).sum(axis=1, keepdims=True), 0.99)
    known = 1.0 + ratings.reshape(-1, 1)
    return (
        (unit * known**-KNOWN_AS_SEED).astype(np.float32),
        (unit / (1 - explained) * known**-KNOWN_AS_FILM).astype(np.float32),
    )


def _people_and_stretches(ratings: Ratings) -> Any:
    """Rows of X, as sums of rows for half a stretch: a third of the ratings to multiply with."""
    begins = np.flatnonzero(ratings.age % (STRETCH // 2) == 0)
    person, place = ratings.person[begins], np.arange(len(begins))
    halves = sparse.csr_matrix(
        (
            np.ones(len(ratings.film), np.float32),
            ratings.film,
            np.append(begins, len(ratings.film)),
        ),
        shape=(len(begins), len(ratings.films)),
    )
    people = sparse.csr_matrix((np.ones(len(begins), np.float32), (person, place)))
    goes_on = place[:-1][person[1:] == person[:-1]]
    rows, columns = np.append(place, goes_on), np.append(place, goes_on + 1)
    stretches = sparse.csr_matrix((np.full(len(rows), OF_STRETCH, np.float32), (rows, columns)))
    return aslinearoperator(sparse.vstack([people, stretches])) @ aslinearoperator(halves)
