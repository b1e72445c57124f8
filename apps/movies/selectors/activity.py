"""Who did what: the activities that feeds, digests and profiles show, newest first.

There is no table of activities. An activity is a fact (a rating, an accepted follow) seen as an
entry `kind:actor:object` at the time when it became true.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import connection

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

NEWEST = """
WITH author AS (
    SELECT unnest(%(authors)s::bigint[]) AS id
    UNION
    SELECT follow.followee_id FROM users_follow AS follow
    WHERE follow.follower_id = %(viewer)s AND follow.state = 'accepted'
    AND follow.followee_id <> ALL(%(without)s::bigint[])
)
SELECT author.id, activity.at, activity.entry
FROM author CROSS JOIN LATERAL (
    (SELECT rated_at AS at, made.entry
    FROM movies_rating AS rating
    CROSS JOIN LATERAL (
        SELECT ('rating:' || rating.user_id || ':' || rating.movie_id) COLLATE "C" AS entry
    ) AS made
    WHERE rating.user_id = author.id AND rating.rated_at <= %(at)s
    AND (rating.rated_at < %(at)s OR made.entry < %(entry)s)
    ORDER BY rating.rated_at DESC, made.entry DESC LIMIT %(each)s)
    UNION ALL
    (SELECT follow.since, made.entry
    FROM users_follow AS follow
    CROSS JOIN LATERAL (
        SELECT ('follow:' || follow.follower_id || ':' || follow.followee_id) COLLATE "C" AS entry
    ) AS made
    WHERE follow.follower_id = author.id AND follow.state = 'accepted'
    AND follow.since <= %(at)s AND (follow.since < %(at)s OR made.entry < %(entry)s)
    ORDER BY follow.since DESC, made.entry DESC LIMIT %(each)s)
) AS activity
ORDER BY activity.at DESC, activity.entry DESC LIMIT %(limit)s
"""
"""Entries are compared by their bytes, as Valkey compares the members of a sorted set."""

TIMES = """
SELECT 'rating', rating.user_id, rating.movie_id, rating.rated_at
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (actor_id, object_id)
JOIN movies_rating AS rating
    ON rating.user_id = wanted.actor_id AND rating.movie_id = wanted.object_id
UNION ALL
SELECT 'follow', follow.follower_id, follow.followee_id, follow.since
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (actor_id, object_id)
JOIN users_follow AS follow
    ON follow.follower_id = wanted.actor_id AND follow.followee_id = wanted.object_id
WHERE follow.state = 'accepted'
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

    @property
    def actor_id(self) -> int:
        """Whose activity it is."""
        return int(self.entry.split(":")[1])


def newest_of_followees(
    viewer_id: int, *, before: Position | None = None, without: Sequence[int] = (), limit: int
) -> list[Position]:
    """Where the newest activities of those whom the viewer follows stand.

    `without` are followees to leave out. Nothing is said about what the viewer may see: show only
    what `activity_details.visible_activities` makes of it.
    """
    rows = _newest((), viewer_id, before, without=without, each=limit, limit=limit)
    return [position for _, position in rows]


def newest_of(
    author_ids: Sequence[int], *, before: Position | None = None, limit: int
) -> list[Position]:
    """Where the newest activities of these members, taken together, stand."""
    rows = _newest(author_ids, None, before, each=limit, limit=limit)
    return [position for _, position in rows]


def newest_of_each(author_ids: Sequence[int], *, limit: int) -> dict[int, list[Position]]:
    """Where the newest activities of each of these members stand, at most `limit` each."""
    found: dict[int, list[Position]] = {author_id: [] for author_id in author_ids}
    for author_id, position in _newest(author_ids, None, None, each=limit, limit=None):
        if len(found[author_id]) < limit:
            found[author_id].append(position)
    return found


def positions_of(facts: Iterable[tuple[Kind, int, int]]) -> dict[str, Position]:
    """Where those of these (kind, actor, object) facts stand that are true, by their entry."""
    actors, objects = by_kind(facts)
    values = [ids[kind] for kind in (Kind.RATING, Kind.FOLLOW) for ids in (actors, objects)]
    with connection.cursor() as cursor:
        cursor.execute(TIMES, values)
        rows = cursor.fetchall()
    entries = [(entry_of(Kind(kind), actor, thing), at) for kind, actor, thing, at in rows]
    return {entry: Position.of(at, entry) for entry, at in entries}


def by_kind(
    facts: Iterable[tuple[Kind, int, int]],
) -> tuple[dict[Kind, list[int]], dict[Kind, list[int]]]:
    """The actors and the objects of (kind, actor, object) facts, side by side, for each kind."""
    actors: dict[Kind, list[int]] = defaultdict(list)
    objects: dict[Kind, list[int]] = defaultdict(list)
    for kind, actor_id, object_id in facts:
        actors[kind].append(actor_id)
        objects[kind].append(object_id)
    return actors, objects


def _newest(
    author_ids: Sequence[int],
    viewer_id: int | None,
    before: Position | None,
    *,
    without: Sequence[int] = (),
    each: int,
    limit: int | None,
) -> list[tuple[int, Position]]:
    values = {
        "authors": list(author_ids),
        "viewer": viewer_id,
        "without": list(without),
        "at": before.moment if before else "infinity",
        "entry": before.entry if before else "",
        "each": each,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, values)
        return [(author, Position.of(at, entry)) for author, at, entry in cursor.fetchall()]
