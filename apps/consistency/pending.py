"""Why a fact may differ without being lost: its message is under way, parked or discarded."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from django.db import connection

UNDER_WAY = """
SELECT wanted.fact, bool_and(failure.parked_at IS NOT NULL)
FROM unnest(%(facts)s::text[], %(topics)s::text[], %(patterns)s::text[])
    AS wanted (fact, topic, pattern)
JOIN outbox_message AS message ON message.destination = %(destination)s
    AND message.topic = wanted.topic AND message.key LIKE wanted.pattern
LEFT JOIN outbox_failure AS failure ON failure.parked_through >= message.id
    AND (failure.destination, failure.topic, failure.key)
        = (message.destination, message.topic, message.key)
GROUP BY wanted.fact
"""


class Reason(StrEnum):
    """What explains a difference. Without one it is drift."""

    IN_FLIGHT = "in flight"
    PARKED = "parked"


def reasons(
    destination: str, messages: Sequence[tuple[str, str]], keys: Collection[str]
) -> dict[str, Reason]:
    """For each fact that has messages in the outbox, whether all of them are dead letters.

    `messages` are a kind's (topic, template of the message's key) pairs.
    """
    wanted = [
        (key, topic, template.format(*key.split(":")))
        for key in keys
        for topic, template in messages
    ]
    if not wanted:
        return {}
    names = ("facts", "topics", "patterns")
    columns = dict(zip(names, map(list, zip(*wanted, strict=True)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY, {"destination": destination, **columns})
        return {
            fact: Reason.PARKED if parked else Reason.IN_FLIGHT
            for fact, parked in cursor.fetchall()
        }
