"""What is really in the home timelines, and what Postgres says should be in them.

Only ready timelines count: one that was flushed or is being built is not served. Below its floor
a timeline has been cut. What hubs did is pulled, so it counts on neither side.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from django.db import connection, transaction
from redis import Redis

from apps.consistency.owners import WIDTH, Fact, Owners

EXPECTED = """
SELECT owner.id, activity.entry, activity.at
FROM unnest(%(owners)s::bigint[], %(scores)s::bigint[], %(entries)s::text[])
    AS owner (id, score, entry)
JOIN users_follow AS followed ON followed.follower_id = owner.id AND followed.state = 'accepted'
    AND NOT EXISTS (SELECT 1 FROM feeds_hub AS hub WHERE hub.user_id = followed.followee_id)
CROSS JOIN LATERAL (
    SELECT ('rating:' || rating.user_id || ':' || rating.movie_id) COLLATE "C" AS entry,
        (extract(epoch FROM rating.rated_at) * 1000000)::bigint AS at
    FROM movies_rating AS rating WHERE rating.user_id = followed.followee_id
    UNION ALL
    SELECT ('follow:' || follow.follower_id || ':' || follow.followee_id) COLLATE "C",
        (extract(epoch FROM follow.since) * 1000000)::bigint
    FROM users_follow AS follow
    WHERE follow.follower_id = followed.followee_id AND follow.state = 'accepted'
) AS activity
WHERE (activity.at, activity.entry) > (owner.score, owner.entry COLLATE "C")
"""

CHUNK = 100
"""Timelines that are read together."""

HUBS = "SELECT user_id FROM feeds_hub"


def stored(valkey: "Redis", owners: Owners) -> Iterator[Fact]:
    """The entries of ready timelines, with their scores in microseconds."""
    hubs = _hubs()
    ids = _owners(valkey, owners)
    while chunk := list(islice(ids, CHUNK)):
        pipe = valkey.pipeline()
        for owner in chunk:
            pipe.get(f"feed:{owner}:epoch")
            pipe.zrange(f"feed:{owner}:entries", 0, -1, withscores=True)
        answers = iter(pipe.execute())
        for owner, epoch, entries in zip(chunk, answers, answers, strict=False):
            if str(epoch).startswith("ready:"):
                for entry, score in entries:
                    if entry.split(":")[1] not in hubs:
                        yield f"{owner}:{entry}", str(int(score))


def expected(valkey: "Redis", owners: Owners) -> Iterator[Fact]:
    """What those whom the owner follows did, above the floor of the owner's timeline."""
    ids = _owners(valkey, owners)
    while chunk := list(islice(ids, CHUNK)):
        yield from _expected_of(_floors(valkey, chunk))


def _owners(valkey: "Redis", owners: Owners) -> Iterator[int]:
    """Those who have a timeline, each once."""
    if owners.last - owners.first < WIDTH:
        yield from range(owners.first, owners.last + 1)
        return
    found = {int(key.split(":")[1]) for key in valkey.scan_iter("feed:*:epoch", count=1000)}
    yield from sorted(found)


def _floors(valkey: "Redis", ids: list[int]) -> dict[int, tuple[int, str]]:
    """The score and entry above which each ready timeline is complete."""
    epochs: Any = valkey.mget([f"feed:{owner}:epoch" for owner in ids])
    floors: Any = valkey.mget([f"feed:{owner}:floor" for owner in ids])
    found = {}
    for owner, epoch, floor in zip(ids, epochs, floors, strict=True):
        if str(epoch).startswith("ready:"):
            score, _, entry = (floor or "-1 ").partition(" ")
            found[owner] = (int(score), entry)
    return found


def _expected_of(floors: dict[int, tuple[int, str]]) -> Iterator[Fact]:
    values: dict[str, list[Any]] = {
        "owners": list(floors),
        "scores": [score for score, _ in floors.values()],
        "entries": [entry for _, entry in floors.values()],
    }
    with transaction.atomic(), closing(connection.chunked_cursor()) as cursor:
        cursor.execute(EXPECTED, values)
        while rows := cursor.fetchmany(5_000):
            for owner, entry, at in rows:
                yield f"{owner}:{entry}", str(at)


def _hubs() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(HUBS)
        return {str(user_id) for (user_id,) in cursor.fetchall()}
