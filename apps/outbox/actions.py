"""Publishing: the one thing that a writer does for the other stores, in its own transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from apps.outbox import wake
from apps.outbox.failpoints import failpoint
from apps.outbox.topics import Topic

INSERT = """
INSERT INTO outbox_message (destination, topic, key, lane)
SELECT destination, %s, message.key, message.lane
FROM unnest(%s::text[]) AS destination
CROSS JOIN unnest(%s::text[], %s::smallint[]) AS message (key, lane)
RETURNING id
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
    texts = [topic.encode(key) for key in distinct]
    lanes = [topic.lane(key) for key in distinct]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [topic.name, list(destinations), texts, lanes])
        ids = [row[0] for row in cursor.fetchall()]
    if (noted := _noted.get()) is not None:
        noted.extend(ids)
    failpoint("before_commit")
    transaction.on_commit(lambda: _committed(destinations))
    return ids


@contextmanager
def noting() -> Iterator[list[int]]:
    """Note the ids of all messages that are published within, rolled back or not."""
    ids: list[int] = []
    token = _noted.set(ids)
    try:
        yield ids
    finally:
        _noted.reset(token)


def _committed(destinations: Sequence[str]) -> None:
    failpoint("after_commit")
    wake.wake(destinations)
