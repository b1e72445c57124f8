"""The ratings that may be learned from as arrays."""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from apps.movies.models import Rating

CHUNK = 100_000

LEARNABLE = """
DECLARE ratings NO SCROLL CURSOR FOR
SELECT user_id, movie_id, half_stars, extract(epoch FROM changed_at)::bigint
FROM movies_rating JOIN users_user ON users_user.id = user_id
WHERE learn AND used_for_others AND is_active
"""

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
            _age(person),
        )


def learnable() -> QuerySet[Rating]:
    """The ratings that members who are here let be learned from for others."""
    return Rating.objects.filter(learn=True, user__used_for_others=True, user__is_active=True)


def learnable_ratings() -> Ratings:
    """The same as arrays, as the database has them now."""
    chunks = [np.empty((0, 4), dtype=np.int64)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LEARNABLE)
        while True:
            cursor.execute(f"FETCH {CHUNK} FROM ratings")
            rows = cursor.fetchall()
            if not rows:
                break
            chunks.append(np.array(rows, dtype=np.int64))
        cursor.execute("CLOSE ratings")
    user, movie, half_stars, when = np.concatenate(chunks).T
    return in_order(user, movie, half_stars, when)


def in_order(user: Ids, movie: Ids, half_stars: Ids, when: Ids) -> Ratings:
    """Ratings from columns in any order."""
    order = np.lexsort((_chance(user, movie), -when, user))
    people, person = np.unique(user[order], return_inverse=True)
    films, film = np.unique(movie[order], return_inverse=True)
    return Ratings(people, films, person, film, half_stars[order].astype(np.int16), _age(person))


def _chance(user: Ids, movie: Ids) -> NDArray[np.uint64]:
    """A number for each pair that looks random and is always the same (after splitmix64)."""
    mixed = user.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += movie.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def _age(person: Ids) -> Ids:
    starts = np.searchsorted(person, np.arange(person.max(initial=-1) + 1))
    return np.arange(len(person)) - starts[person]
