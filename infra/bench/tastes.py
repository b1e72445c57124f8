"""Ratings of people who have tastes, as many as are wanted, always the same.

Few films are known to most, few people rate very much. What somebody rates and how is drawn from
what they know (popularity) and like (a product of latent tastes and traits), with noise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRAITS = 16
LIKING, HABIT, QUALITY, NOISE = 0.45, 0.4, 0.35, 0.7
"""What stars vary by, as standard deviations: taste, the person, the film, chance."""

MEAN_STARS = 3.2
CHOICE = 3.0
"""How much liking a film counts for watching it, beside the logarithm of its popularity. At 1 to
name what is popular would be the best advice."""

SKEW = 1.0
"""Zipf's exponent of the films' popularity."""

SPREAD = 1.0
"""Of the logarithm of how much people rate."""

FIRST, YEARS = 1_420_070_400, 6
"""Seconds since 1970, and for how long they rate."""

CHUNK = 500


@dataclass(frozen=True)
class Block:
    """Ratings, one a row; people and films are places from 0."""

    person: NDArray[np.int64]
    film: NDArray[np.int64]
    half_stars: NDArray[np.int64]
    when: NDArray[np.int64]


def ratings_of(people: int, films: int, ratings: int) -> Iterator[Block]:
    """About so many ratings, each film at most once by a person, of some people in each block."""
    chance = np.random.default_rng(11)
    counts = _counts(people, films, ratings, chance)
    known = chance.permutation(-SKEW * np.log(np.arange(films) + 6)).astype(np.float32)
    traits = chance.standard_normal((films, TRAITS), dtype=np.float32)
    quality = QUALITY * chance.standard_normal(films, dtype=np.float32) + 0.05 * (known + 7)
    for start in range(0, people, CHUNK):
        most = counts[start : start + CHUNK]
        tastes = chance.standard_normal((len(most), TRAITS), dtype=np.float32)
        liking = tastes @ traits.T / np.float32(np.sqrt(TRAITS))
        wait = chance.standard_exponential(liking.shape, dtype=np.float32)
        # The largest are a weighted sample without replacement (Efraimidis and Spirakis 2006).
        drawn = known + CHOICE * liking - np.log(np.maximum(wait, np.float32(1e-30)))
        order = np.argsort(-drawn, axis=1)
        person, place = np.nonzero(np.arange(films) < most[:, None])
        film = order[person, place]
        habit = HABIT * chance.standard_normal(len(most), dtype=np.float32)
        stars = MEAN_STARS + LIKING * liking[person, film] + habit[person] + quality[film]
        stars += NOISE * chance.standard_normal(len(film), dtype=np.float32)
        when = FIRST + chance.integers(0, YEARS * 365 * 86_400, len(film))
        half_stars = np.clip(np.rint(2 * stars), 1, 10).astype(np.int64)
        yield Block(start + person, film, half_stars, when)


def _counts(
    people: int, films: int, ratings: int, chance: np.random.Generator
) -> NDArray[np.int64]:
    """How many ratings each person makes."""
    drawn = chance.lognormal(0, SPREAD, people)
    counts: NDArray[np.int64] = np.clip(drawn * ratings / drawn.sum(), 2, films / 4).astype(
        np.int64
    )
    return counts
