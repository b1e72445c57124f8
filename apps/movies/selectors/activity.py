"""Who did what: the activities that feeds, digests and profiles show.

There is no table of activities. An activity is a fact (a rating, an accepted follow) seen as an
entry `kind:actor:object` at the time when it became true.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from apps.common import prepared

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

NEWEST = """
WITH author AS (
    SELECT unnest(%(authors)s::bigint[]) AS id
    UNION
    SELECT follow.followee_id FROM users_follow AS follow
    WHERE follow.follower_id = %(followees_of)s AND follow.state = 'accepted'
    AND follow.followee_id <> ALL(%(without)s::bigint[])
)
SELECT newest.kind, newest.actor_id, newest.object_id, newest.at,
    movie.title, movie.year, newest.half_stars
FROM (
    SELECT activity.* FROM author CROSS JOIN LATERAL (
        (SELECT 'rating' AS kind, rating.user_id AS actor_id, rating.movie_id AS object_id,
            rating.rated_at AS at, rating.half_stars, word.entry
        FROM movies_rating AS rating CROSS JOIN LATERAL (
            SELECT ('rating:' || rating.user_id || ':' || rating.movie_id) COLLATE "C" AS entry
        ) AS word
        WHERE %(with_ratings)s AND rating.user_id = author.id AND rating.rated_at <= %(at)s
        AND (rating.rated_at < %(at)s OR word.entry < %(entry)s)
        ORDER BY rating.rated_at DESC, word.entry DESC LIMIT %(each)s)
        UNION ALL
        (SELECT 'follow', follow.follower_id, follow.followee_id, follow.since, NULL, word.entry
        FROM users_follow AS follow CROSS JOIN LATERAL (
            SELECT ('follow:' || follow.follower_id || ':' || follow.followee_id) COLLATE "C"
                AS entry
        ) AS word
        WHERE follow.follower_id = author.id AND follow.state = 'accepted'
        AND follow.since <= %(at)s AND (follow.since < %(at)s OR word.entry < %(entry)s)
        ORDER BY follow.since DESC, word.entry DESC LIMIT %(each)s)
    ) AS activity
    ORDER BY activity.at DESC, activity.entry DESC LIMIT %(limit)s
) AS newest
LEFT JOIN movies_movie AS movie ON newest.kind = 'rating' AND movie.id = newest.object_id
"""
"""Entries are compared by their bytes, as Valkey compares the members of a sorted set."""

OF_FOLLOWEES = """
SELECT 'rating' AS kind, rating.user_id, rating.movie_id, rating.rated_at,
    movie.title, movie.year, rating.half_stars
FROM unnest(%(rating_actors)s::bigint[], %(rating_objects)s::bigint[]) AS wanted (actor, object)
JOIN users_follow AS followed ON followed.follower_id = %(viewer)s
    AND followed.followee_id = wanted.actor AND followed.state = 'accepted'
JOIN movies_rating AS rating ON rating.user_id = wanted.actor AND rating.movie_id = wanted.object
JOIN movies_movie AS movie ON movie.id = rating.movie_id
UNION ALL
SELECT 'follow', follow.follower_id, follow.followee_id, follow.since, NULL, NULL, NULL
FROM unnest(%(follow_actors)s::bigint[], %(follow_objects)s::bigint[]) AS wanted (actor, object)
JOIN users_follow AS followed ON followed.follower_id = %(viewer)s
    AND followed.followee_id = wanted.actor AND followed.state = 'accepted'
JOIN users_follow AS follow ON follow.follower_id = wanted.actor
    AND follow.followee_id = wanted.object AND follow.state = 'accepted'
"""

OF_FOLLOWEES_AND_NEWEST = f"{OF_FOLLOWEES}UNION ALL ({NEWEST})"

TIMES = """
SELECT 'rating', rating.user_id, rating.movie_id, rating.rated_at
FROM unnest(%(rating_actors)s::bigint[], %(rating_objects)s::bigint[]) AS wanted (actor, object)
JOIN movies_rating AS rating ON rating.user_id = wanted.actor AND rating.movie_id = wanted.object
UNION ALL
SELECT 'follow', follow.follower_id, follow.followee_id, follow.since
FROM unnest(%(follow_actors)s::bigint[], %(follow_objects)s::bigint[]) AS wanted (actor, object)
JOIN users_follow AS follow ON follow.follower_id = wanted.actor
    AND follow.followee_id = wanted.object AND follow.state = 'accepted'
"""


class Kind(StrEnum):
    """What someone did."""

    RATING = "rating"
    FOLLOW = "follow"


def entry_of(kind: Kind, actor_id: int, object_id: int) -> str:
    """An activity as one word; the same fact has the same word for ever."""
    return f"{kind}:{actor_id}:{object_id}"


@dataclass(frozen=True, order=True)
class Position:
    """Where an activity stands: microseconds since 1970, then the bytes of its entry.

    Listings run from the highest position down.
    """

    at: int
    entry: str

    @classmethod
    def of(cls, moment: datetime, entry: str) -> "Position":
        """The position of an entry that became true at this moment."""
        return cls((moment - EPOCH) // MICROSECOND, entry)

    @property
    def moment(self) -> datetime:
        """When the activity took place."""
        return EPOCH + self.at * MICROSECOND


@dataclass(frozen=True)
class Fact:
    """An activity that is true. Whether somebody may see it is not said.

    `object_id` is the film of a rating, or whom a follow follows.
    """

    position: Position
    kind: Kind
    actor_id: int
    object_id: int
    title: str | None
    year: int | None
    half_stars: int | None


def newest_of_followees(
    viewer_id: int, *, before: Position | None = None, without: Sequence[int] = (), limit: int
) -> list[Fact]:
    """The newest activities of those whom the viewer follows, `without` some of them."""
    values = {"followees_of": viewer_id, "without": list(without)}
    return _facts(NEWEST, {**_newest((), before, each=limit, limit=limit), **values})


def newest_of(
    author_ids: Sequence[int],
    *,
    before: Position | None = None,
    with_ratings: bool = True,
    limit: int,
) -> list[Fact]:
    """The newest activities of these members taken together, newest first."""
    values = {**_newest(author_ids, before, each=limit, limit=limit), "with_ratings": with_ratings}
    return _facts(NEWEST, values)


def newest_of_each(author_ids: Sequence[int], *, limit: int) -> dict[int, list[Fact]]:
    """The newest activities of each of these members, newest first, at most `limit` each."""
    found: dict[int, list[Fact]] = {author_id: [] for author_id in author_ids}
    for fact in _facts(NEWEST, _newest(author_ids, None, each=limit, limit=None)):
        if len(found[fact.actor_id]) < limit:
            found[fact.actor_id].append(fact)
    return found


def facts_of_followees(
    viewer_id: int,
    positions: Collection[Position],
    *,
    pulled: Sequence[int] = (),
    before: Position | None = None,
    limit: int = 0,
) -> list[Fact]:
    """What stands at these positions, as far as it is true and the viewer follows its actor.

    With it come the newest activities of the authors `pulled`, before a position. One query.
    """
    parts = [position.entry.split(":") for position in positions]
    values = {**_by_kind((Kind(kind), int(a), int(o)) for kind, a, o in parts), "viewer": viewer_id}
    if not pulled:
        found = _facts(OF_FOLLOWEES, values)
    else:
        newest = _newest(pulled, before, each=limit, limit=limit)
        found = _facts(OF_FOLLOWEES_AND_NEWEST, {**values, **newest})
    wanted = set(positions)
    return [fact for fact in found if fact.position in wanted or fact.actor_id in pulled]


def positions_of(facts: Iterable[tuple[Kind, int, int]]) -> dict[str, Position]:
    """Where those of these (kind, actor, object) facts stand that are true, by their entry."""
    rows = prepared.rows(TIMES, _by_kind(facts))
    entries = [(entry_of(Kind(kind), actor, thing), at) for kind, actor, thing, at in rows]
    return {entry: Position.of(at, entry) for entry, at in entries}


def _newest(
    author_ids: Sequence[int], before: Position | None, *, each: int, limit: int | None
) -> dict[str, Any]:
    return {
        "authors": list(author_ids),
        "followees_of": None,
        "without": [],
        "with_ratings": True,
        "at": before.moment if before else "infinity",
        "entry": before.entry if before else "",
        "each": each,
        "limit": limit,
    }


def _by_kind(facts: Iterable[tuple[Kind, int, int]]) -> dict[str, Any]:
    found: dict[str, list[int]] = defaultdict(list)
    for kind, actor_id, object_id in facts:
        found[f"{kind}_actors"].append(actor_id)
        found[f"{kind}_objects"].append(object_id)
    return {name: found[name] for kind in Kind for name in (f"{kind}_actors", f"{kind}_objects")}


def _facts(query: str, values: Mapping[str, Any]) -> list[Fact]:
    found: dict[Position, Fact] = {}
    for kind, actor_id, object_id, at, title, year, half_stars in prepared.rows(query, values):
        position = Position.of(at, entry_of(Kind(kind), actor_id, object_id))
        fact = Fact(position, Kind(kind), actor_id, object_id, title, year, half_stars)
        found[position] = fact
    return [found[position] for position in sorted(found, reverse=True)]
