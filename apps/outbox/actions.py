"""Publishing: the one thing that a writer does for the other stores, in its own transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from apps.common import prepared
from apps.outbox import wake
from apps.outbox.failpoints import failpoint
from apps.outbox.topics import Topic

INSERT = """
INSERT INTO outbox_message (destination, topic, key, lane)
SELECT destination, %(topic)s, message.key, message.lane
FROM unnest(%(destinations)s::text[]) AS destination
CROSS JOIN unnest(%(keys)s::text[], %(lanes)s::smallint[]) AS message (key, lane)
RETURNING id
"""

WITH_FACT = """
WITH fact AS ({statement}), message AS ({insert}) SELECT ARRAY(SELECT id FROM message), * FROM fact
"""

_noted: ContextVar[list[int] | None] = ContextVar("noted", default=None)


def publish(topic: Topic, *key: int) -> list[int]:
    """Tell every destination of the topic that the fact under this key changed.

    Must run in the transaction of the change. Gives the ids of the messages.
    """
    return publish_many(topic, [key])


def publish_many(
    topic: Topic, keys: Iterable[Sequence[int]], *, into: Sequence[str] = ()
) -> list[int]:
    """`publish` for many keys of one topic, in one statement; `into` some destinations only."""
    distinct = sorted({tuple(key) for key in keys})
    if not distinct:
        return []
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"publish({topic.name}) outside the transaction of its change"
        )
    destinations = into or topic.into
    ids = [pk for (pk,) in prepared.rows(INSERT, _messages(topic, distinct, destinations))]
    failpoint("before_commit")
    _published(ids, destinations)
    return ids


def publish_with(
    statement: str, values: Mapping[str, Any], topic: Topic, *key: int
) -> tuple[Any, ...]:
    """Change a fact by one statement, and `publish`, in one round trip; gives the statement's row.

    It must be as `prepared.rows` takes it, write, and give exactly one row. Outside a transaction
    it is one of its own.
    """
    failpoint("before_commit")
    sql = WITH_FACT.format(statement=statement, insert=INSERT)
    [(ids, *row)] = prepared.rows(sql, {**values, **_messages(topic, [key], topic.into)})
    _published(ids, topic.into)
    return tuple(row)


@contextmanager
def noting() -> Iterator[list[int]]:
    """Note the ids of all messages that are published within, rolled back or not."""
    ids: list[int] = []
    token = _noted.set(ids)
    try:
        yield ids
    finally:
        _noted.reset(token)


def _messages(
    topic: Topic, keys: Sequence[tuple[int, ...]], destinations: Sequence[str]
) -> dict[str, Any]:
    """The values of INSERT."""
    return {
        "topic": topic.name,
        "destinations": list(destinations),
        "keys": [topic.encode(key) for key in keys],
        "lanes": [topic.lane(key) for key in keys],
    }


def _published(ids: Sequence[int], destinations: Sequence[str]) -> None:
    if (noted := _noted.get()) is not None:
        noted.extend(ids)
    transaction.on_commit(lambda: _committed(destinations))


def _committed(destinations: Sequence[str]) -> None:
    failpoint("after_commit")
    wake.wake(destinations)
