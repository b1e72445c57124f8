"""What must be done once Postgres was restored from a backup, before anything is delivered.

The stores hold more than Postgres knows. A new epoch puts every new fence above theirs; sequences
skip what may have been given out since the backup, so that no id ever names two things.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from apps.outbox.models import Circuit, Epoch
from apps.outbox.registry import remains_of
from apps.outbox.topics import destinations

EPOCH_BITS = 40

GAP = 1_000_000
"""Ids that are skipped: links, clients and tokens may know those that no store holds."""

SKIP_IDS = """
SELECT setval(sequence, GREATEST(pg_sequence_last_value(sequence), held.id, 0) + %s)
FROM (
    SELECT table_name, pg_get_serial_sequence(quote_ident(table_name), 'id')::regclass AS sequence
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'id'
) AS numbered
LEFT JOIN unnest(%s::text[], %s::bigint[]) AS held (name, id) ON held.name = table_name
WHERE sequence IS NOT NULL
"""


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
