"""What makes some give a film more stars than others do.

A film's traits are its genres, its decade and the main directions of the ratings' residuals; a
member's weights on them are found at request time, from their own ratings.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from apps.recommendations.fold_in import DAMPED_PERSON
from apps.recommendations.learning.principal import principal
from apps.recommendations.learning.ratings import Ratings
from apps.vectors.factors import Matrix
from apps.vectors.points import Vector

DIRECTIONS = 32
OF_RESIDUALS, OF_GENRES, OF_DECADE = 0.5, 0.12, 0.15
"""How much of what members differ in lies in each group of traits."""

FEW_RATINGS = 10.0
"""Sum of squared residuals at which a film's direction counts half."""

DAMPED_FILM = 3.0
"""Ratings at the mean that every film has before its own."""

DECADES = np.arange(1920, 2025, 10)
UNKNOWN = 1990
ROUNDS = 15


def traits_and_offsets(
    ratings: Ratings, genres: Sequence[tuple[str, ...]], years: Sequence[int | None]
) -> tuple[Matrix, Vector, Vector]:
    """`traits`, `offset` and `mean` of Factors; genres and years are those of `ratings.films`."""
    stars = ratings.half_stars / 2
    mean, of_films, of_people = _offsets(ratings, stars)
    residuals = sparse.csr_matrix(
        (
            (stars - mean - of_films[ratings.film] - of_people[ratings.person]).astype(np.float32),
            (ratings.person, ratings.film),
        ),
        shape=(len(ratings.people), len(ratings.films)),
    )
    squares = np.asarray(residuals.multiply(residuals).sum(axis=0)).ravel()
    scaled = residuals @ sparse.diags(1 / np.sqrt(squares + FEW_RATINGS)).astype(np.float32)
    strengths, directions = principal(scaled, DIRECTIONS)
    traits = traits_of(directions * strengths * np.sqrt(OF_RESIDUALS), genres, years)
    return traits, of_films.astype(np.float32), np.array(mean, np.float32)


def traits_of(
    residual: NDArray[Any], genres: Sequence[tuple[str, ...]], years: Sequence[int | None]
) -> Matrix:
    """`traits` of Factors: what was found in residuals beside what is known of the films."""
    known = _of_genres(genres) * np.sqrt(OF_GENRES), _of_decade(years) * np.sqrt(OF_DECADE)
    return np.concatenate([residual, *known], axis=1).astype(np.float32)


def _offsets(
    ratings: Ratings, stars: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The mean, and what films get and members give beyond it, each with the other taken out."""
    mean = float(stars.mean())
    people, films = len(ratings.people), len(ratings.films)
    by_person = np.bincount(ratings.person, minlength=people) + DAMPED_PERSON
    by_film = np.bincount(ratings.film, minlength=films) + DAMPED_FILM
    of_people = np.zeros(people)
    for _ in range(ROUNDS):
        left = stars - mean - of_people[ratings.person]
        of_films = np.bincount(ratings.film, left, films) / by_film
        left = stars - mean - of_films[ratings.film]
        of_people = np.bincount(ratings.person, left, people) / by_person
    return mean, of_films, of_people


def _of_genres(genres: Sequence[tuple[str, ...]]) -> NDArray[np.float64]:
    names = sorted({name for of_film in genres for name in of_film})
    has = np.array([[name in of_film for name in names] for of_film in genres], dtype=np.float64)
    scaled: NDArray[np.float64] = has / np.sqrt(np.maximum(has.sum(axis=1, keepdims=True), 1.0))
    return scaled


def _of_decade(years: Sequence[int | None]) -> NDArray[np.float64]:
    given = np.array([min(max(year or UNKNOWN, DECADES[0]), DECADES[-1]) for year in years])
    near = np.exp(-(((given[:, None] - DECADES) / 10.0) ** 2) / 2)
    scaled: NDArray[np.float64] = near / np.linalg.norm(near, axis=1, keepdims=True)
    return scaled
