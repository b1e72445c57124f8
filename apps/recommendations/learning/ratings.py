"""The ratings that may be learned from as arrays."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from apps.movies.models import Rating

BLOCK_ROWS = 500_000

LEARNABLE = """
COPY (
    SELECT user_id, movie_id, half_stars, extract(epoch FROM changed_at)::bigint
    FROM movies_rating AS rating JOIN users_user AS member ON member.id = rating.user_id
    WHERE rating.learn AND member.used_for_others AND member.is_active
) TO STDOUT (DELIMITER ' ')
"""
"""What `learnable` gives: as objects ten million ratings would take minutes."""

Ids = NDArray[np.int64]
Columns = tuple[Ids, Ids, Ids, Ids]
"""Members, films, half stars and seconds since 1970."""


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

    def among(self, films: Ids) -> "Ratings":
        """The same with places among more films, sorted, of which theirs are some."""
        return replace(self, films=films, film=np.searchsorted(films, self.films)[self.film])


def learnable() -> QuerySet[Rating]:
    """The ratings that members who are here let be learned from for others."""
    return Rating.objects.filter(learn=True, user__used_for_others=True, user__is_active=True)


def learnable_ratings() -> Ratings:
    """The same as arrays, as the database has them now."""
    blocks: list[Columns] = []
    read_learnable(blocks.append)
    return in_order(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def read_learnable(take: Callable[[Columns], None], block_rows: int = BLOCK_ROWS) -> None:
    """Hand over the same in blocks, at least one, as the database has them now."""
    rows = _Rows(take, block_rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.copy_expert(LEARNABLE, rows)
    rows.hand_over()


class _Rows:
    """What COPY writes to, a row at a time."""

    def __init__(self, take: Callable[[Columns], None], most: int) -> None:
        self._take = take
        self._most = most
        self._held: list[bytes] = []

    def write(self, row: bytes) -> None:
        self._held.append(row)
        if len(self._held) == self._most:
            self.hand_over()

    def hand_over(self) -> None:
        numbers = np.fromstring(b"".join(self._held), np.int64, sep=" ").reshape(-1, 4)
        user, movie, half_stars, when = numbers.T
        self._take((user, movie, half_stars, when))
        self._held.clear()


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
