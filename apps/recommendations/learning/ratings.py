"""The ratings that may be learned from as arrays."""

from dataclasses import dataclass

import numpy as np
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast, Extract
from numpy.typing import NDArray

from apps.movies.models import Rating

CHUNK = 100_000

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings, one a row, sorted by person and then newest first.

    `person` and `film` are places in `people` and `films`; `age` counts a person's ratings that
    are newer. Ratings of one second are in random order: no file's order may tell anything.
    """

    people: Ids
    films: Ids
    person: Ids
    film: Ids
    half_stars: NDArray[np.int16]
    age: Ids

    def only(self, chosen: NDArray[np.bool_]) -> "Ratings":
        """Those chosen; people and films keep their places, ages begin again with 0."""
        person = self.person[chosen]
        return Ratings(
            self.people,
            self.films,
            person,
            self.film[chosen],
            self.half_stars[chosen],
            age_of(person),
        )


def learnable() -> QuerySet[Rating]:
    """The ratings that members who are here let be learned from for others."""
    return Rating.objects.filter(learn=True, user__used_for_others=True, user__is_active=True)


def learnable_ratings() -> Ratings:
    """The same as arrays, as the database has them now."""
    seconds = Cast(Extract("changed_at", "epoch"), BigIntegerField())
    rows = learnable().values_list("user", "movie", "half_stars", seconds)
    columns = np.fromiter(rows.iterator(chunk_size=CHUNK), dtype=np.dtype((np.int64, 4))).T
    return in_order(*columns)


def in_order(user: Ids, movie: Ids, half_stars: Ids, when: Ids) -> Ratings:
    """Ratings from columns in any order."""
    order = newest_first(user, movie, when)
    people, person = np.unique(user[order], return_inverse=True)
    films, film = np.unique(movie[order], return_inverse=True)
    return Ratings(people, films, person, film, half_stars[order].astype(np.int16), age_of(person))


def newest_first(user: Ids, movie: Ids, when: Ids) -> Ids:
    """The order by person and then newest first, that of one second left to chance."""
    return np.lexsort((_chance(user, movie), -when, user))


def _chance(user: Ids, movie: Ids) -> NDArray[np.uint64]:
    """A number for each pair that looks random and is always the same (after splitmix64)."""
    mixed = user.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += movie.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def age_of(person: Ids) -> Ids:
    """How many rows of the same person stand before each; the rows are sorted by person."""
    starts = np.searchsorted(person, np.arange(person.max(initial=-1) + 1))
    return np.arange(len(person)) - starts[person]
