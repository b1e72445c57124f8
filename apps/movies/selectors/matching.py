"""Taste match: on how many of the films that two members rated they agree, and how sure that is.

To agree is to be at most one star apart. The share of agreements says little when the films are
few, so with it comes a confidence: 1 less the width of its Wilson interval at 95 % (E. B. Wilson,
JASA 1927), which stays inside 0 and 1 and holds for few films, too.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db import connection

MOST_TOLD = 5

MATCH = """
WITH shared AS (
    SELECT mine.movie_id, mine.half_stars AS mine, theirs.half_stars AS theirs,
        abs(mine.half_stars - theirs.half_stars) AS apart
    FROM movies_rating AS mine JOIN movies_rating AS theirs USING (movie_id)
    WHERE mine.user_id = %(viewer_id)s AND theirs.user_id = %(member_id)s
), told AS (
    (SELECT 'alike' AS kind, shared.* FROM shared WHERE apart <= 2
    ORDER BY mine + theirs DESC, apart, movie_id LIMIT %(most)s)
    UNION ALL
    (SELECT 'apart', shared.* FROM shared WHERE apart > 2
    ORDER BY apart DESC, movie_id LIMIT %(most)s)
)
SELECT told.kind, told.movie_id, movie.title, movie.year, told.mine, told.theirs
FROM told JOIN movies_movie AS movie ON movie.id = told.movie_id
UNION ALL
SELECT 'sums', NULL, NULL, NULL, count(*), count(*) FILTER (WHERE apart <= 2) FROM shared
"""


@dataclass(frozen=True)
class SharedFilm:
    """A film that both rated, in half stars."""

    movie_id: int
    title: str
    year: int | None
    mine: int
    theirs: int


@dataclass(frozen=True)
class Match:
    """What two members have in common. `alike` and `apart` are at most five films each.

    `agreement` is the share of the shared films on which they agree, None without such films;
    `confidence` is 0 without any and goes to 1 with many.
    """

    shared: int
    agreed: int
    alike: tuple[SharedFilm, ...]
    apart: tuple[SharedFilm, ...]

    @property
    def agreement(self) -> float | None:
        """From 0 to 1."""
        return self.agreed / self.shared if self.shared else None

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        return 1 - wilson_width(self.agreed, self.shared) if self.shared else 0.0


def match(viewer_id: int, member_id: int) -> Match:
    """How alike the viewer and a member rate, whom the viewer may see. One query."""
    values = {"viewer_id": viewer_id, "member_id": member_id, "most": MOST_TOLD}
    with connection.cursor() as cursor:
        cursor.execute(MATCH, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    films: dict[str, list[SharedFilm]] = {"alike": [], "apart": []}
    shared = agreed = 0
    for kind, *row in rows:
        if kind == "sums":
            shared, agreed = row[3:]
        else:
            films[kind].append(SharedFilm(*row))
    return Match(shared, agreed, tuple(films["alike"]), tuple(films["apart"]))


def wilson_width(successes: int, trials: int, z: float = 1.96) -> float:
    """How wide the Wilson interval of a share is, between 0 and 1; `trials` is at least 1."""
    share = successes / trials
    spread = sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return 2 * z * spread / (1 + z * z / trials)
