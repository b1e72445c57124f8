"""Waiting until the stores hold what one request wrote, for a short time and few at once."""

import threading
import time
from collections.abc import Collection, Sequence

from django.db import connection

Span = tuple[int, int]
"""The first and the last of consecutive message ids."""

MAX_SPANS = 32
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.05
MAX_WAITING = 4
"""Threads of a process that may wait: the others must be free for those who do not."""

LEFT = """
SELECT message.destination, bool_or(failure.id IS NOT NULL OR circuit.destination IS NOT NULL)
FROM unnest(%s::bigint[], %s::bigint[]) AS span (first, last)
JOIN outbox_message AS message ON message.id BETWEEN span.first AND span.last
LEFT JOIN outbox_failure AS failure
    ON (failure.destination, failure.topic, failure.key)
        = (message.destination, message.topic, message.key)
    AND failure.parked_through >= message.id
LEFT JOIN outbox_circuit AS circuit
    ON circuit.destination = message.destination AND circuit.open_until > clock_timestamp()
WHERE message.destination = ANY(%s)
GROUP BY message.destination
"""

waiting_places = threading.BoundedSemaphore(MAX_WAITING)


def spans_of(ids: Collection[int]) -> list[Span]:
    """Spans that hold these ids and no other; a single one around all if they would be too many.

    Then others' messages are waited for as well, but none of these is missed.
    """
    spans: list[Span] = []
    for number in sorted(ids):
        if spans and number <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans if len(spans) <= MAX_SPANS else [(spans[0][0], spans[-1][1])]


def lagging(spans: Sequence[Span], destinations: Sequence[str]) -> list[str]:
    """Which of these destinations lack a message of the spans, after at most WAIT_SECONDS.

    At once where waiting is in vain: for a dead letter, for a store that is away; and when too
    many wait already.
    """
    left = _left(spans, destinations)
    end = time.monotonic() + WAIT_SECONDS
    if _may_come(left) and waiting_places.acquire(blocking=False):
        try:
            while _may_come(left) and time.monotonic() < end:
                time.sleep(POLL_SECONDS)
                left = _left(spans, destinations)
        finally:
            waiting_places.release()
    return sorted(left)


def _left(spans: Sequence[Span], destinations: Sequence[str]) -> dict[str, bool]:
    """Each destination with a message that is left, and whether waiting for it is in vain."""
    firsts, lasts = [first for first, _ in spans], [last for _, last in spans]
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [firsts, lasts, list(destinations)])
        return dict(cursor.fetchall())


def _may_come(left: dict[str, bool]) -> bool:
    return bool(left) and not any(left.values())
