"""Why a fact may differ without being lost: its message is under way, parked or discarded."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from django.db import connection

WHY = """
WITH wanted AS (
    SELECT unnest(%(facts)s::text[]) AS fact, unnest(%(topics)s::text[]) AS topic,
        unnest(%(patterns)s::text[]) AS pattern
)
SELECT fact, min(rank) FROM (
    SELECT wanted.fact, CASE WHEN failure.parked_at IS NULL THEN 0 ELSE 1 END AS rank
    FROM wanted
    JOIN outbox_message AS message ON message.destination = %(destination)s
        AND message.topic = wanted.topic AND message.key LIKE wanted.pattern
    LEFT JOIN outbox_failure AS failure ON failure.parked_through >= message.id
        AND (failure.destination, failure.topic, failure.key)
            = (message.destination, message.topic, message.key)
    UNION ALL
    SELECT wanted.fact, 2
    FROM wanted
    JOIN outbox_decision AS decision ON decision.destination = %(destination)s
        AND decision.topic = wanted.topic AND decision.key LIKE wanted.pattern
        AND decision.action = 'discard' AND decision.superseded_at IS NULL
) AS found GROUP BY fact
"""
"""A message that is not parked comes before all else: with it the difference may go."""


class Reason(StrEnum):
    """What explains a difference. Without one it is drift."""

    IN_FLIGHT = "in flight"
    PARKED = "parked"
    DISCARDED = "discarded"


_BY_RANK = (Reason.IN_FLIGHT, Reason.PARKED, Reason.DISCARDED)


def reasons(
    destination: str, messages: Sequence[tuple[str, str]], keys: Collection[str]
) -> dict[str, Reason]:
    """For each fact whose difference is explained, by what.

    `messages` are a kind's (topic, template of the message's key) pairs.
    """
    wanted = [
        (key, topic, template.format(*key.split(":")))
        for key in keys
        for topic, template in messages
    ]
    if not wanted:
        return {}
    facts, topics, patterns = map(list, zip(*wanted, strict=True))
    values: dict[str, Any] = {
        "destination": destination,
        "facts": facts,
        "topics": topics,
        "patterns": patterns,
    }
    with connection.cursor() as cursor:
        cursor.execute(WHY, values)
        return {fact: _BY_RANK[rank] for fact, rank in cursor.fetchall()}
