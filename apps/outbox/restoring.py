"""What must be done once Postgres was restored from a backup, before anything is delivered.

The stores hold more than Postgres knows. A new epoch puts every new fence above theirs; sequences
skip what may have been given out since the backup, so that no id ever names two things.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from apps.outbox.fences import EPOCH_BITS
from apps.outbox.models import Circuit, Epoch
from apps.outbox.registry import remains_of
from apps.outbox.topics import destinations

GAP = 1_000_000
"""Ids that are skipped: links, clients and tokens may know those that no store holds."""

SKIP_IDS = """
SELECT setval(sequence.oid, GREATEST(pg_sequence_last_value(sequence.oid), held.id, 0) + %s)
FROM pg_class AS sequence
JOIN pg_depend AS owned ON owned.objid = sequence.oid AND owned.deptype IN ('a', 'i')
    AND owned.classid = 'pg_class'::regclass AND owned.refclassid = 'pg_class'::regclass
JOIN pg_class AS numbered ON numbered.oid = owned.refobjid
LEFT JOIN unnest(%s::text[], %s::bigint[]) AS held (name, id) ON held.name = numbered.relname
WHERE sequence.relkind = 'S' AND numbered.relnamespace = current_schema()::regnamespace
"""
"""Of every table whose ids a sequence gives; the fences' own is no table's."""


@dataclass(frozen=True)
class Found:
    """What the stores hold: the highest fence of each, and the highest ids by table."""

    fences: dict[str, int]
    ids: dict[str, int]


def found_in_stores() -> Found:
    """Ask every store; StoreUnavailable when one is away."""
    fences: dict[str, int] = {}
    ids: dict[str, int] = {}
    for destination in destinations():
        remains = remains_of(destination)
        if remains is not None:
            fences[destination] = remains.highest_fence()
            for table, number in remains.highest_ids().items():
                ids[table] = max(number, ids.get(table, 0))
    return Found(fences, ids)


@transaction.atomic
def begin_epoch(found: Found) -> int:
    """Draw above every store's fences and number above its ids from now on; gives the epoch."""
    epoch, _ = Epoch.objects.select_for_update().get_or_create(pk=1)
    highest = max(found.fences.values(), default=0)
    epoch.number = max(epoch.number, highest >> EPOCH_BITS) + 1
    epoch.save()
    with connection.cursor() as cursor:
        cursor.execute(SKIP_IDS, [GAP, list(found.ids), list(found.ids.values())])
    Circuit.objects.all().delete()
    return epoch.number
