"""Marks: the highest fence that a store holds. Postgres must draw above it.

A Postgres that is restored from a backup draws fences again that its stores have seen, and what is
written under them is dropped without a word. So the relay looks at the mark before it claims, at
most `SECONDS` after the last look. One store that is ahead stops the deliveries to all, until an
operator has mended it: soon the draws would have passed its mark, and nobody would know.
"""

import time

from apps.outbox import failures
from apps.outbox.errors import SetBack
from apps.outbox.fences import last_drawn
from apps.outbox.registry import remains_of
from apps.outbox.topics import destinations

SECONDS = 2.0

_due_at: dict[str, float] = {}


def are_due(destination: str) -> bool:
    """Whether this process has not looked of late."""
    return time.monotonic() >= _due_at.get(destination, 0.0)


def compare(destination: str) -> None:
    """SetBack when this store, or another one before, held a fence that Postgres has not drawn.

    The mark is read before the sequence: whatever the store held then was drawn earlier.
    """
    if failures.is_closed_off(destination):
        raise SetBack
    remains = remains_of(destination)
    if remains is not None and remains.highest_fence() > last_drawn():
        failures.close_off(destinations(), SetBack().detail)
        raise SetBack
    _due_at[destination] = time.monotonic() + SECONDS
