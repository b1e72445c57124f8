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

FREE_LANES = """
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
FOR UPDATE OF lane SKIP LOCKED
"""

MESSAGES = """
SELECT waiting.id, waiting.topic, waiting.key, lane.number
FROM unnest(%(lanes)s::smallint[]) WITH ORDINALITY AS lane (number, place)
CROSS JOIN LATERAL (
    SELECT message.id, message.topic, message.key
    FROM outbox_message AS message
    WHERE message.destination = %(destination)s AND message.lane = lane.number
    AND NOT EXISTS (
        SELECT 1 FROM outbox_failure AS failure
        WHERE (failure.destination, failure.topic, failure.key)
            = (message.destination, message.topic, message.key)
        AND (failure.next_at > clock_timestamp() OR failure.parked_through >= message.id)
    )
    ORDER BY message.id
    LIMIT %(limit)s
) AS waiting
ORDER BY lane.place, waiting.id
LIMIT %(limit)s
"""
"""A lane at a time, each by its index: what other destinations leave lying is never read."""

LEASE = """
UPDATE outbox_lane SET leased_until = clock_timestamp() + make_interval(secs => %s),
    claimed_at = clock_timestamp(), fence = %s, in_flight = %s, in_flight_key = %s,
    in_flight_through = %s, cautious_limit = %s, cautious_through = %s
WHERE destination = %s AND number = ANY(%s)
"""

LOCK_LANES = """
SELECT fence FROM outbox_lane
WHERE destination = %s AND number = ANY(%s) ORDER BY number FOR UPDATE
"""
"""Whoever ends a delivery locks its lanes before anything else, as a claim does: no deadlock."""

LOCK_EVERY_LANE = "SELECT 1 FROM outbox_lane WHERE destination = %s ORDER BY number FOR UPDATE"

RELEASE = """
UPDATE outbox_lane SET
    applied = applied + CASE number WHEN %(first)s THEN %(applied)s ELSE 0 END,
    coalesced = coalesced + CASE number WHEN %(first)s THEN %(coalesced)s ELSE 0 END,
    leased_until = CASE fence WHEN %(fence)s THEN '-infinity' ELSE leased_until END,
    in_flight = CASE fence WHEN %(fence)s THEN 0 ELSE in_flight END
WHERE destination = %(destination)s AND number = ANY(%(lanes)s)
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
    """Messages that one delivery holds, the lanes that they are of, and the fence drawn for it.

    `is_whole` when it left nothing that was due in lanes that nobody else held.
    """

    destination: str
    lanes: tuple[int, ...]
    fence: Fence
    messages: tuple[Seen, ...]
    is_whole: bool = False

    def distinct_keys(self) -> list[tuple[str, str]]:
        """The distinct (topic, key) pairs, in the order of their first message."""
        return list(dict.fromkeys((message.topic, message.key) for message in self.messages))


@dataclass(frozen=True)
class _LaneState:
    number: int
    in_flight: int = 0
    in_flight_key: str = ""
    in_flight_through: int = 0
    cautious_limit: int = 1
    cautious_through: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether its last holder died, or it still goes on cautiously."""
        return bool(self.in_flight or self.cautious_through)

    def after_crash(self) -> "_LaneState":
        """The lane as it goes on when its last holder died with keys in flight."""
        smaller = max(1, self.in_flight // 10)
        return _LaneState(self.number, 0, "", 0, smaller, self.in_flight_through)


_HEALTHY = _LaneState(0)


@transaction.atomic
def claim_lanes(destination: str, *, limit: int) -> Claim | None:
    """Lease the lanes of a destination that have due messages, the one that waited longest first.

    As many as give `limit` messages: small deliveries would each cost a claim, a fence and
    transactions. But a suspect lane is claimed alone. None when no lane has due messages. The fence
    is drawn in the same transaction and committed with it; the facts are read later.
    """
    free = _free_lanes(destination)
    if not free:
        return None
    state = _HEALTHY
    if free[0].is_suspect:
        lanes = [state := _after_crash(destination, free[0])]
    else:
        lanes = [lane for lane in free if not lane.is_suspect]
    messages, numbers = _messages(destination, lanes, limit)
    if messages and messages[0].id > state.cautious_through:
        state = _HEALTHY
    if state.is_suspect:
        messages = messages[: state.cautious_limit]
    failpoint("after_claim")
    is_whole = len(messages) < limit and not any(lane.is_suspect for lane in free)
    claim = Claim(destination, numbers, draw(destination), messages, is_whole)
    _lease(claim, state)
    return claim


@transaction.atomic
def complete(claim: Claim, again: Collection[tuple[str, str]] = ()) -> int:
    """Delete exactly the messages that the claim saw, but those of `again`, which wait a moment."""
    done = [seen for seen in claim.messages if (seen.topic, seen.key) not in again]
    with connection.cursor() as cursor:
        cursor.execute(LOCK_LANES, [claim.destination, list(claim.lanes)])
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
    """Give back the lanes that nobody else has leased since; count what was done anyhow."""
    values: dict[str, Any] = {
        "applied": applied,
        "coalesced": coalesced,
        "fence": claim.fence.number,
        "destination": claim.destination,
        "lanes": list(claim.lanes),
        "first": claim.lanes[0],
    }
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, values)


@transaction.atomic
def wait_for_claims(destination: str) -> None:
    """Return when every claim has committed that may not know a generation committed before.

    All that such a claim took was committed by then, and a copy that begins now reads it. A claim
    holds its lanes' rows from before its look at the messages: to have held every lane once is
    enough. How long deliveries take after their claims is of no matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENSURE_LANES, [destination, LANES, destination])
        cursor.execute(LOCK_EVERY_LANE, [destination])


def _free_lanes(destination: str) -> list[_LaneState]:
    with connection.cursor() as cursor:
        cursor.execute(FREE_LANES, [destination])
        rows = cursor.fetchall()
        if not rows:
            cursor.execute(ENSURE_LANES, [destination, LANES, destination])
            if cursor.rowcount:
                cursor.execute(FREE_LANES, [destination])
                rows = cursor.fetchall()
    return [_LaneState(*row) for row in rows]


def _after_crash(destination: str, lane: _LaneState) -> _LaneState:
    """The state that a suspect lane goes on with; a key that died alone is counted."""
    if lane.in_flight == 1:
        failures.record_crash(destination, *lane.in_flight_key.split(" "))
    return lane.after_crash() if lane.in_flight else lane


def _messages(
    destination: str, lanes: Sequence[_LaneState], limit: int
) -> tuple[tuple[Seen, ...], tuple[int, ...]]:
    """The due messages of these lanes, and the lanes that have any, or else the first."""
    numbers = [lane.number for lane in lanes]
    values: dict[str, Any] = {"destination": destination, "lanes": numbers, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, values)
        rows = cursor.fetchall()
    messages = tuple(Seen(*row[:3]) for row in rows)
    return messages, tuple(sorted({row[3] for row in rows})) or (numbers[0],)


def _lease(claim: Claim, state: _LaneState) -> None:
    keys: Sequence[tuple[str, str]] = claim.distinct_keys()
    through = max((seen.id for seen in claim.messages), default=0)
    values: list[Any] = [LEASE_SECONDS, claim.fence.number, len(keys)]
    values += [" ".join(keys[0]) if len(keys) == 1 else "", through]
    values += [state.cautious_limit, state.cautious_through]
    with connection.cursor() as cursor:
        cursor.execute(LEASE, [*values, claim.destination, list(claim.lanes)])
