"""The relay: claim lanes, draw a fence, let the projectors read and apply, delete what was seen.

Correct without its leases: two relays on one lane only do work twice. What makes it so is in the
stores (fences, tombstones) and in the delete, which takes exactly the message ids of the claim.
"""

import logging
import time
from collections import defaultdict

from django.db import connection

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.outbox import failures, marks
from apps.outbox.claims import Claim, claim_lanes, complete, release
from apps.outbox.errors import SetBack
from apps.outbox.failpoints import failpoint
from apps.outbox.registry import destination_named, projector_of
from apps.outbox.topics import Key, all_topics, destinations, topic_named

logger = logging.getLogger(__name__)

DUE = """
SELECT DISTINCT message.destination
FROM outbox_message AS message
WHERE NOT EXISTS (
    SELECT 1 FROM outbox_failure AS failure
    WHERE (failure.destination, failure.topic, failure.key)
        = (message.destination, message.topic, message.key)
    AND (failure.next_at > clock_timestamp() OR failure.parked_through >= message.id)
)
"""


def drain(destination: str, *, seconds: float = 20.0, hinted: bool = False) -> int:
    """Deliver what waits for a destination, for at most about `seconds`; gives the messages done.

    Ends when no lane has due messages, when the store is away or ahead of Postgres, or when the
    time is over. Who is `hinted` leaves what is published meanwhile to its own hint: many small
    deliveries cost far more than few larger ones.
    """
    batch = destination_named(destination).batch
    delivered = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end and _may_drain(destination):
        claim = claim_lanes(destination, limit=batch)
        if claim is None:
            break
        done = deliver(claim)
        delivered += done
        if hinted and claim.is_whole and done == len(claim.messages):
            break
    return delivered


def _may_drain(destination: str) -> bool:
    """Opens the circuit of a store that holds what Postgres has not drawn yet, or is away."""
    if not marks.are_due(destination):
        return True
    if failures.is_open(destination):
        return False
    try:
        marks.compare(destination)
    except StoreUnavailable as error:
        _away(destination, error)
    except SetBack as error:
        logger.error("Nothing is delivered any more. %s", error.detail)  # noqa: TRY400 - no bug
    else:
        return True
    return False


def _away(destination: str, error: StoreUnavailable) -> None:
    logger.warning("%s is away: %s", destination, error.reason or error.detail)
    failures.open_circuit(destination, error.detail)


def deliver(claim: Claim) -> int:
    """Bring the claimed facts into their store; gives how many messages are done with."""
    try:
        failpoint("after_draw", claim.destination, claim.messages)
        again = apply(claim)
    except StoreUnavailable as error:
        _away(claim.destination, error)
        release(claim)
        return 0
    except Exception as error:
        logger.exception("%s refused a batch of %d", claim.destination, len(claim.distinct_keys()))
        failures.record(claim, error)
        return 0
    failpoint("after_apply")
    return complete(claim, again)


def apply(claim: Claim) -> set[tuple[str, str]]:
    """Call the projector of each topic in the claim; gives the (topic, key) pairs to read again."""
    by_topic: dict[str, list[Key]] = defaultdict(list)
    for name, key in claim.distinct_keys():
        by_topic[name].append(topic_named(name).decode(key))
    again: set[tuple[str, str]] = set()
    for topic in all_topics():
        if keys := by_topic.get(topic.name):
            project = projector_of(topic.name, claim.destination)
            left = project(keys, claim.fence) or ()
            again.update((topic.name, topic.encode(key)) for key in left)
    return again


def due_destinations() -> list[str]:
    """Destinations with messages that could be delivered now.

    A circuit whose store gives a sign of life again is closed first, ahead of its time.
    """
    for destination in destinations():
        if failures.is_open(destination) and health.answers(destination_named(destination).store):
            failures.close_circuit(destination)
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        return [row[0] for row in cursor.fetchall() if not failures.is_open(row[0])]
