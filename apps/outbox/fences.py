"""Fences: numbers that stamp one read of the facts. Stores apply only what carries a higher one.

Draw first, commit the draw, then read: so the highest fence holds the final state, whoever
delivers late. `docs/consistency.md` has the schedules.
"""

from dataclasses import dataclass

from django.db import connection, transaction

EPOCH_BITS = 40
"""The epoch stands above these: a restore of Postgres sets the sequence back and raises it."""

BASE = f"COALESCE((SELECT number FROM outbox_epoch), 0) * {2**EPOCH_BITS}"  # of constants  # nosec B608

DRAW = f"SELECT {BASE} + nextval('outbox_fence_sequence')"

LAST = f"SELECT {BASE} + last_value FROM outbox_fence_sequence"  # of constants  # nosec B608

GENERATIONS = """
SELECT name FROM outbox_generation
WHERE destination = %s AND state IN ('live', 'building', 'previous')
ORDER BY state <> 'live', id
"""
"""The live one first: it waits for no other."""


@dataclass(frozen=True)
class Fence:
    """The stamp of one read, and the generations of the store that it must be written to."""

    number: int
    generations: tuple[str, ...] = ()

    def only(self, generation: str) -> "Fence":
        """The same stamp for one generation."""
        return Fence(self.number, (generation,))


@transaction.atomic
def draw(destination: str) -> Fence:
    """A new fence for a read that begins after this call; outside a transaction it is committed."""
    with connection.cursor() as cursor:
        cursor.execute(DRAW)
        (number,) = cursor.fetchone()
    return Fence(number, living(destination))


def living(destination: str) -> tuple[str, ...]:
    """The generations of a store that are written to, the live one first."""
    with connection.cursor() as cursor:
        cursor.execute(GENERATIONS, [destination])
        return tuple(name for (name,) in cursor.fetchall())


def last_drawn() -> int:
    """The highest number that was drawn; draws nothing."""
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        (number,) = cursor.fetchone()
    return int(number)
