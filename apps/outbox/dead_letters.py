"""What people decide about dead letters: try again, or give up. Each decision leaves a row."""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from apps.outbox import wake
from apps.outbox.models import Decision

LOCK_LANES = """
SELECT 1 FROM outbox_lane
WHERE destination IN (SELECT destination FROM outbox_failure WHERE id = ANY(%s))
ORDER BY destination, number FOR UPDATE
"""
"""Lanes come first, as in every delivery: no deadlock. And no claim is half made meanwhile, so a
fence above all that the lanes hold is drawn, and its facts are read, after the decision."""

DECIDE = """
WITH ended AS (
    DELETE FROM outbox_failure WHERE id = ANY(%(ids)s) AND parked_at IS NOT NULL RETURNING *
), dropped AS (
    DELETE FROM outbox_message AS message USING ended
    WHERE %(action)s = 'discard' AND message.id <= ended.parked_through
    AND (message.destination, message.topic, message.key)
        = (ended.destination, ended.topic, ended.key)
)
INSERT INTO outbox_decision (action, decided_by, reason, destination, topic, key, error_class,
    error, parked_through, fence)
SELECT %(action)s, %(by)s, %(reason)s, destination, topic, key, error_class,
    error, parked_through,
    COALESCE((SELECT max(lane.fence) FROM outbox_lane AS lane
        WHERE lane.destination = ended.destination), 0)
FROM ended RETURNING destination
"""


def replay_dead_letters(*, ids: Collection[int], by: str) -> int:
    """Let the relay try parked keys again, with fresh attempts; gives how many were parked."""
    return _decide(Decision.Action.REPLAY, ids, by, reason="")


def discard_dead_letters(*, ids: Collection[int], by: str, reason: str) -> int:
    """Give parked keys up, with their messages that rest; gives how many were parked.

    Their stores stay as they are until the fact changes once more. Newer messages are delivered.
    """
    return _decide(Decision.Action.DISCARD, ids, by, reason)


@transaction.atomic
def _decide(action: Decision.Action, ids: Collection[int], by: str, reason: str) -> int:
    wanted = list(ids)
    values: dict[str, Any] = {"action": action.value, "ids": wanted, "by": by, "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_LANES, [wanted])
        cursor.execute(DECIDE, values)
        destinations = [row[0] for row in cursor.fetchall()]
    # After a discard too: a relay that found its lanes locked has gone.
    transaction.on_commit(lambda: wake.wake(set(destinations)))
    return len(destinations)
