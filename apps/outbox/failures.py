"""What went wrong: circuits of whole stores, retries of single keys, dead letters."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from apps.outbox.claims import Claim

MAX_ATTEMPTS = 5
MAX_CRASHES = 2
MAX_BACKOFF_SECONDS = 300.0
AGAIN_SECONDS = 0.5
MAX_AGAIN_SECONDS = 30.0

OPEN_CIRCUIT = """
INSERT INTO outbox_circuit AS circuit (destination, failures, open_until, reason)
VALUES (%s, 1, clock_timestamp() + make_interval(secs => %s), %s)
ON CONFLICT (destination) DO UPDATE SET failures = circuit.failures + 1, reason = EXCLUDED.reason,
    open_until = clock_timestamp()
        + make_interval(secs => %s * LEAST(%s, power(2, LEAST(circuit.failures, 20))))
    WHERE circuit.open_until < 'infinity'
"""

CLOSE_OFF = """
INSERT INTO outbox_circuit (destination, failures, open_until, reason)
SELECT destination, 1, 'infinity', %s FROM unnest(%s::text[]) AS destination
ON CONFLICT (destination) DO UPDATE SET open_until = 'infinity', reason = EXCLUDED.reason
"""

IS_CLOSED_OFF = """
SELECT EXISTS (SELECT 1 FROM outbox_circuit WHERE destination = %s AND open_until = 'infinity')
"""

IS_OPEN = """
SELECT EXISTS (
    SELECT 1 FROM outbox_circuit WHERE destination = %s AND open_until > clock_timestamp()
)
"""

CLOSE_CIRCUIT = "DELETE FROM outbox_circuit WHERE destination = %s AND open_until < 'infinity'"

RECORD = """
INSERT INTO outbox_failure AS failure
    (destination, topic, key, attempts, crashes, error_class, error, next_at, parked_through)
SELECT %(destination)s, %(topic)s, %(key)s, %(attempt)s, %(crash)s, %(error_class)s, %(error)s,
    clock_timestamp() + make_interval(secs => %(jitter)s), 0
WHERE EXISTS (
    SELECT 1 FROM outbox_message AS message
    WHERE (message.destination, message.topic, message.key)
        = (%(destination)s, %(topic)s, %(key)s)
)
ON CONFLICT (destination, topic, key) DO UPDATE SET
    attempts = failure.attempts + %(attempt)s,
    crashes = failure.crashes + %(crash)s,
    error_class = EXCLUDED.error_class,
    error = EXCLUDED.error,
    last_failed_at = clock_timestamp(),
    next_at = clock_timestamp() + make_interval(
        secs => %(jitter)s * LEAST(%(cap)s, power(2, LEAST(failure.attempts, 20))))
RETURNING attempts, crashes
"""
"""Only of a fact with messages: a zombie may have delivered them, and none would end the row."""

POSTPONE = """
INSERT INTO outbox_failure AS failure
    (destination, topic, key, attempts, crashes, error_class, error, next_at, parked_through)
SELECT %(destination)s, late.topic, late.key, 0, 0, 'ReadAgain', 'Not settled yet.',
    clock_timestamp() + make_interval(secs => %(least)s), 0
FROM unnest(%(topics)s::text[], %(keys)s::text[]) AS late (topic, key)
WHERE EXISTS (
    SELECT 1 FROM outbox_message AS message
    WHERE (message.destination, message.topic, message.key)
        = (%(destination)s, late.topic, late.key)
)
ON CONFLICT (destination, topic, key) DO UPDATE SET next_at = clock_timestamp() + LEAST(
    make_interval(secs => %(most)s),
    GREATEST(make_interval(secs => %(least)s), clock_timestamp() - failure.first_failed_at))
"""
"""Only facts with messages, as in RECORD. Each wait is as long as all before it, so they double."""

CAUTION = """
UPDATE outbox_lane SET leased_until = '-infinity', in_flight = 0,
    cautious_limit = %s, cautious_through = %s
WHERE destination = %s AND number = ANY(%s) AND fence = %s
"""

PARK = """
UPDATE outbox_failure AS failure SET parked_at = clock_timestamp(), parked_through = COALESCE(%s, (
    SELECT max(message.id) FROM outbox_message AS message
    WHERE (message.destination, message.topic, message.key)
        = (failure.destination, failure.topic, failure.key)
))
WHERE failure.destination = %s AND failure.topic = %s AND failure.key = %s
"""

LANE_FENCES = """
SELECT fence FROM outbox_lane
WHERE destination = %s AND number = ANY(%s) ORDER BY number FOR UPDATE
"""


def open_circuit(destination: str, reason: str) -> None:
    """Claim nothing for a destination for a while: full jitter, doubling, at most five minutes."""
    jitter = random.random()  # noqa: S311 - spreads load, guards nothing
    with connection.cursor() as cursor:
        cursor.execute(OPEN_CIRCUIT, [destination, jitter, reason, jitter, MAX_BACKOFF_SECONDS])


def close_off(destinations: Sequence[str], reason: str) -> None:
    """Claim nothing for these destinations until an operator has done something."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_OFF, [reason, list(destinations)])


def is_closed_off(destination: str) -> bool:
    """Whether a destination waits for an operator."""
    with connection.cursor() as cursor:
        cursor.execute(IS_CLOSED_OFF, [destination])
        return bool(cursor.fetchone()[0])


def close_circuit(destination: str) -> None:
    """The store answers again."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_CIRCUIT, [destination])


def is_open(destination: str) -> bool:
    """Whether nothing is claimed for a destination now."""
    with connection.cursor() as cursor:
        cursor.execute(IS_OPEN, [destination])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def record(claim: "Claim", error: Exception) -> None:
    """A store refused a batch. Many keys: go on in smaller batches. One: count, back off, park.

    Of a zombie, of whose lanes someone else has leased one since, nothing is recorded: its keys may
    be healthy.
    """
    if not _holds_lanes(claim):
        return
    keys = claim.distinct_keys()
    if len(keys) > 1:
        _go_on_cautiously(claim, max(1, len(keys) // 10))
        return
    attempts, _ = _record(claim.destination, *keys[0], attempt=1, error=error)
    if attempts >= MAX_ATTEMPTS:
        # What came after this claim may be the cure: no attempt has read it.
        _park(claim.destination, *keys[0], through=max(seen.id for seen in claim.messages))
    _go_on_cautiously(claim, 1)


def record_crash(destination: str, topic: str, key: str) -> None:
    """The holder of a batch of one died with it. The second time the key is parked."""
    error = RuntimeError("The worker died while it delivered this key alone.")
    _, crashes = _record(destination, topic, key, crash=1, error=error)
    if crashes >= MAX_CRASHES:
        _park(destination, topic, key)


def postpone(destination: str, keys: Sequence[tuple[str, str]]) -> None:
    """Keys that must be read again: soon, then ever later, and never counted as an attempt."""
    values: dict[str, Any] = {
        "destination": destination,
        "topics": [topic for topic, _ in keys],
        "keys": [key for _, key in keys],
        "least": AGAIN_SECONDS,
        "most": MAX_AGAIN_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, values)


def _record(
    destination: str, topic: str, key: str, *, error: Exception, attempt: int = 0, crash: int = 0
) -> tuple[int, int]:
    values: dict[str, str | float] = {
        "destination": destination,
        "topic": topic,
        "key": key,
        "attempt": attempt,
        "crash": crash,
        "error_class": type(error).__name__,
        "error": str(error).replace("\x00", "")[:2000],
        "jitter": random.random(),  # noqa: S311 - spreads load, guards nothing
        "cap": MAX_BACKOFF_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, values)
        attempts, crashes = cursor.fetchone() or (0, 0)
    return attempts, crashes


def _park(destination: str, topic: str, key: str, *, through: int | None = None) -> None:
    """Let a key's messages rest, up to one or all that there are."""
    with connection.cursor() as cursor:
        cursor.execute(PARK, [through, destination, topic, key])


def _holds_lanes(claim: "Claim") -> bool:
    """Lock the lanes, and say whether all are still this claim's."""
    with connection.cursor() as cursor:
        cursor.execute(LANE_FENCES, [claim.destination, list(claim.lanes)])
        return all(fence == claim.fence.number for (fence,) in cursor.fetchall())


def _go_on_cautiously(claim: "Claim", limit: int) -> None:
    through = max(seen.id for seen in claim.messages)
    values: list[Any] = [limit, through, claim.destination, [*claim.lanes], claim.fence.number]
    with connection.cursor() as cursor:
        cursor.execute(CAUTION, values)
