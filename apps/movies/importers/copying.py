"""Many rows at once: COPY into a temporary table, then one INSERT … SELECT … ON CONFLICT."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import connection

from apps.outbox.projections import Progress

CHUNK = 5_000
"""Rows between two steps of the progress bar."""

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})

Value = str | int | datetime | None


class BulkTable(NamedTuple):
    """What is loaded: the columns of the temporary table `staged`, and the INSERT from it.

    The staged rows keep their order in a column `place`.
    """

    what: str
    columns: str
    load: str


def bulk_insert(table: BulkTable, rows: Sequence[tuple[Value, ...]], progress: Progress) -> int:
    """Load the rows and give how many of them were not there yet. Runs in the caller's
    transaction."""
    names = ", ".join(column.split()[0] for column in table.columns.split(", "))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        cursor.execute(
            f"CREATE TEMP TABLE staged (place bigint GENERATED ALWAYS AS IDENTITY, {table.columns})"
            " ON COMMIT DROP"
        )
        waiting, done = iter(rows), 0
        while chunk := list(islice(waiting, CHUNK)):
            cursor.copy_expert(f"COPY staged ({names}) FROM STDIN", _text(chunk))
            done += len(chunk)
            # The INSERT below is part of the work: the bar ends when it has ended.
            progress(table.what, min(done, len(rows) - 1), len(rows))
        cursor.execute(table.load)
        loaded = int(cursor.rowcount)
        cursor.execute("DROP TABLE pg_temp.staged")
    if rows:
        progress(table.what, len(rows), len(rows))
    return loaded


def _text(rows: Iterable[tuple[Value, ...]]) -> io.StringIO:
    return io.StringIO("".join("\t".join(map(_field, row)) + "\n" for row in rows))


def _field(value: Value) -> str:
    if value is None:
        return r"\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)
