"""What a member's own ratings say, put together with what a training learned of films.

All of it at request time: the rating of a second ago counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from apps.vectors.factors import Factors
from apps.vectors.points import Vector

FADE = 5.0
"""A rating is worth 1/e of the newest after this many: taste moves."""

NEWEST = 50
"""Older ratings weigh nothing."""

RIDGE = 1.4
"""How many times more noise than taste there is in a member's stars."""

DAMPED_PERSON = 5.0
"""Ratings at the mean that every member has before their own."""

MOST = 1_000
"""Newest ratings that stars are predicted from."""

Rated = Sequence[tuple[int, int]]
"""(movie id, half stars), newest first."""


def worth(half_stars: NDArray[Any], age: NDArray[Any]) -> Vector:
    """How much ratings say of their rater: the newer and the better the more."""
    weights = np.exp(-age / FADE) * np.sqrt(half_stars / 10)
    return cast(Vector, np.where(age < NEWEST, weights, 0).astype(np.float32))


def folded(factors: Factors, rated: Rated) -> Mapping[int, Vector]:
    """Each of the newest rated films with its part of the member's vector."""
    newest = [(pk, half, age) for age, (pk, half) in enumerate(rated[:NEWEST])]
    known = [(pk, half, age) for pk, half, age in newest if pk in factors.rows]
    if not known:
        return {}
    ids, half_stars, ages = (np.array(column) for column in zip(*known, strict=True))
    rows = [factors.rows[pk] for pk in ids.tolist()]
    parts = factors.taste[rows] * worth(half_stars, ages)[:, None]
    return dict(zip(ids.tolist(), parts, strict=True))


def predicted_stars(factors: Factors, rated: Rated, movie_ids: Iterable[int]) -> dict[int, float]:
    """Stars from 0.5 to 5 for those of these films that the training knew."""
    known = [(factors.rows[pk], half) for pk, half in rated[:MOST] if pk in factors.rows]
    wanted = [pk for pk in movie_ids if pk in factors.rows]
    rows = [factors.rows[pk] for pk in wanted]
    expected = factors.mean + factors.offset[rows]
    if known:
        own = [row for row, _ in known]
        surplus = np.array([half / 2 for _, half in known]) - factors.mean - factors.offset[own]
        habit = surplus.sum() / (len(known) + DAMPED_PERSON)
        traits = factors.traits[own].astype(np.float64)
        gram = traits.T @ traits + RIDGE * np.eye(traits.shape[1])
        weights = np.linalg.solve(gram, traits.T @ (surplus - habit))
        expected = expected + habit + factors.traits[rows] @ weights
    return dict(zip(wanted, np.clip(expected, 0.5, 5.0).tolist(), strict=True))
