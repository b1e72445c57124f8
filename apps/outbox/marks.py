"""Marks: the highest fence that a store holds. Postgres must draw above it.

A Postgres that is restored from a backup draws fences again that its stores have seen, and what is
written under them is dropped without a word. So the relay looks at the mark before it claims, at
most `SECONDS` after the last look. The mark is read before the draw that it is compared with:
whatever the store held then was drawn earlier.
"""

import time

from apps.common.errors import CinemeshError
from apps.outbox.fences import draw
from apps.outbox.registry import remains_of

SECONDS = 2.0

_due_at: dict[str, float] = {}


class SetBack(CinemeshError):
    """Postgres is older than this store: it was restored. Run: manage.py after_restore"""

    code = "set_back"
    status = 503


def are_due(destination: str) -> bool:
    """Whether this process has not looked of late."""
    return time.monotonic() >= _due_at.get(destination, 0.0)


def compare(destination: str) -> None:
    """SetBack when the store holds a fence that Postgres has not drawn yet."""
    remains = remains_of(destination)
    if remains is not None:
        held = remains.highest_fence()
        if draw(destination).number <= held:
            raise SetBack
    _due_at[destination] = time.monotonic() + SECONDS
