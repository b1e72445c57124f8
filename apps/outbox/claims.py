"""Claims: which messages one delivery holds, under which fence, and how it ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from apps.outbox import failures
from apps.outbox.failpoints import failpoint
from apps.outbox.fences import Fence, draw
from apps.outbox.topics import LANES

LEASE_SECONDS = 5

ENSURE_LANES = """
INSERT INTO outbox_lane (destination, number, leased_until, claimed_at, fence, in_flight,
    in_flight_key, in_flight_through, cautious_limit, cautious_through)
SELECT %s, number, '-infinity', '-infinity', 0, 0, '', 0, 1, 0
FROM generate_series(0, %s - 1) AS number
WHERE NOT EXISTS (SELECT 1 FROM outbox_lane WHERE destination = %s)
ON CONFLICT DO NOTHING
"""

FREE_LANE = """
SELECT lane.number, lane.in_flight, lane.in_flight_key, lane.in_flight_through,
    lane.cautious_limit, lane.cautious_through
FROM outbox_lane AS lane
WHERE lane.destination = %s
AND lane.leased_until <= clock_timestamp()
AND NOT EXISTS (
    SELECT 1 FROM outbox_circuit AS circuit
    WHERE circuit.destination = lane.destination AND circuit.open_until > clock_timestamp()
)
AND EXISTS (
    SELECT 1 FROM outbox_message AS message
    WHERE message.destination = lane.destination AND message.lane = lane.number
    AND NOT EXISTS (
        SELECT 1 FROM outbox_failure AS failure
        WHERE (failure.destination, failure.topic, failure.key)
            = (message.destination, message.topic, message.key)
        AND (failure.next_at > clock_timestamp() OR failure.parked_through >= message.id)
    )
)
ORDER BY lane.claimed_at
LIMIT 1
FOR UPDATE OF lane SKIP LOCKED
"""

MESSAGES = """
SELECT message.id, message.topic, message.key
FROM outbox_message AS message
WHERE message.destination = %s AND message.lane = %s
AND NOT EXISTS (
    SELECT 1 FROM outbox_failure AS failure
    WHERE (failure.destination, failure.topic, failure.key)
        = (message.destination, message.topic, message.key)
    AND (failure.next_at > clock_timestamp() OR failure.parked_through >= message.id)
)
ORDER BY message.id
LIMIT %s
"""

LEASE = """
UPDATE outbox_lane SET leased_until = clock_timestamp() + make_interval(secs => %s),
    claimed_at = clock_timestamp(), fence = %s, in_flight = %s, in_flight_key = %s,
    in_flight_through = %s, cautious_limit = %s, cautious_through = %s
WHERE destination = %s AND number = %s
"""

LOCK_LANE = "SELECT 1 FROM outbox_lane WHERE destination = %s AND number = %s FOR UPDATE"
"""Whoever ends a delivery locks its lane before anything else, as a claim does: no deadlock."""

LOCK_LANES = "SELECT number FROM outbox_lane WHERE destination = %s ORDER BY number FOR UPDATE"

RELEASE = """
UPDATE outbox_lane SET applied = applied + %(applied)s, coalesced = coalesced + %(coalesced)s,
    leased_until = CASE fence WHEN %(fence)s THEN '-infinity' ELSE leased_until END,
    in_flight = CASE fence WHEN %(fence)s THEN 0 ELSE in_flight END
WHERE destination = %(destination)s AND number = %(lane)s
"""

DELETE = "DELETE FROM outbox_message WHERE id = ANY(%s) RETURNING topic, key"

RESOLVE = """
WITH done AS (SELECT unnest(%(topics)s::text[]) AS topic, unnest(%(keys)s::text[]) AS key),
history AS (
    UPDATE outbox_decision AS decision SET superseded_at = clock_timestamp() FROM done
    WHERE decision.destination = %(destination)s
    AND (decision.topic, decision.key) = (done.topic, done.key)
    AND decision.action = 'discard' AND decision.superseded_at IS NULL
    AND decision.fence < %(fence)s
)
DELETE FROM outbox_failure AS failure USING done
WHERE failure.destination = %(destination)s
AND (failure.topic, failure.key) = (done.topic, done.key)
"""


@dataclass(frozen=True)
class Seen:
    """A message that a claim saw."""

    id: int
    topic: str
    key: str


@dataclass(frozen=True)
class Claim:
    """Messages of one lane that one delivery holds, and the fence drawn for it."""

    destination: str
    lane: int
    fence: Fence
    messages: tuple[Seen, ...]

    def distinct_keys(self) -> list[tuple[str, str]]:
        """The distinct (topic, key) pairs, in the order of their first message."""
        return list(dict.fromkeys((message.topic, message.key) for message in self.messages))


@dataclass(frozen=True)
class _LaneState:
    number: int
    in_flight: int
    in_flight_key: str
    in_flight_through: int
    cautious_limit: int
    cautious_through: int

    def after_crash(self) -> "_LaneState":
        """The lane as it goes on when its last holder died with keys in flight."""
        smaller = max(1, self.in_flight // 10)
        return _LaneState(self.number, 0, "", 0, smaller, self.in_flight_through)


@transaction.atomic
def claim_lane(destination: str, *, limit: int) -> Claim | None:
    """Lease the lane of a destination that waited longest; None when none has due messages.

    The fence is drawn in the same transaction and committed with it; the facts are read later.
    """
    lane = _free_lane(destination)
    if lane is None:
        return None
    if lane.in_flight:
        if lane.in_flight == 1:
            failures.record_crash(destination, *lane.in_flight_key.split(" "))
        lane = lane.after_crash()
    messages = _messages(destination, lane, limit)
    failpoint("after_claim")
    fence = draw(destination)
    claim = Claim(destination, lane.number, fence, messages)
    _lease(claim, lane)
    return claim


@transaction.atomic
def complete(claim: Claim, again: Collection[tuple[str, str]] = ()) -> int:
    """Delete exactly the messages that the claim saw, but those of `again`, which wait a moment."""
    done = [seen for seen in claim.messages if (seen.topic, seen.key) not in again]
    with connection.cursor() as cursor:
        cursor.execute(LOCK_LANE, [claim.destination, claim.lane])
        cursor.execute(DELETE, [[seen.id for seen in done]])
        deleted = cursor.fetchall()
        resolved: dict[str, Any] = {
            "topics": [seen.topic for seen in done],
            "keys": [seen.key for seen in done],
            "destination": claim.destination,
            "fence": claim.fence.number,
        }
        cursor.execute(RESOLVE, resolved)
    if again:
        failures.postpone(claim.destination, sorted(again))
    release(claim, applied=len(deleted), coalesced=len(deleted) - len(set(deleted)))
    failpoint("after_delete")
    return len(deleted)


def release(claim: Claim, *, applied: int = 0, coalesced: int = 0) -> None:
    """Give the lane back, unless someone else has leased it since; count what was done anyhow."""
    values: dict[str, Any] = {
        "applied": applied,
        "coalesced": coalesced,
        "fence": claim.fence.number,
        "destination": claim.destination,
        "lane": claim.lane,
    }
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, values)


@transaction.atomic
def wait_for_claims(destination: str) -> None:
    """Return when every claim has committed that may not know a generation committed before.

    All that such a claim took was committed by then, and a copy that begins now reads it. A claim
    holds its lane's row from before its look at the messages: to have held every lane once is
    enough. How long deliveries take after their claims is of no matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENSURE_LANES, [destination, LANES, destination])
        cursor.execute(LOCK_LANES, [destination])


def _free_lane(destination: str) -> _LaneState | None:
    with connection.cursor() as cursor:
        cursor.execute(FREE_LANE, [destination])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(ENSURE_LANES, [destination, LANES, destination])
            if cursor.rowcount:
                cursor.execute(FREE_LANE, [destination])
                row = cursor.fetchone()
    return _LaneState(*row) if row else None


def _messages(destination: str, lane: _LaneState, limit: int) -> tuple[Seen, ...]:
    messages = _select(destination, lane.number, limit)
    if messages and messages[0].id <= lane.cautious_through:
        messages = messages[: lane.cautious_limit]
    return messages


def _select(destination: str, lane: int, limit: int) -> tuple[Seen, ...]:
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, [destination, lane, limit])
        return tuple(Seen(*row) for row in cursor.fetchall())


def _lease(claim: Claim, lane: _LaneState) -> None:
    keys: Sequence[tuple[str, str]] = claim.distinct_keys()
    through = max((seen.id for seen in claim.messages), default=0)
    values: list[Any] = [LEASE_SECONDS, claim.fence.number, len(keys)]
    values += [" ".join(keys[0]) if len(keys) == 1 else "", through]
    values += [lane.cautious_limit, lane.cautious_through, claim.destination, claim.lane]
    with connection.cursor() as cursor:
        cursor.execute(LEASE, values)
