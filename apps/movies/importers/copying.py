"""Many rows at once, by COPY: straight into a table, or merged with what is there."""

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
Rows = Sequence[tuple[Value, ...]]


class CopyTarget(NamedTuple):
    """A table that takes rows which are known not to be there."""

    what: str
    copy: str


class MergeTarget(NamedTuple):
    """A table that takes rows some of which may be there: staged first, then inserted.

    `columns` are those of the temporary table `staged`, which also keeps the rows' order in
    `place`; `insert` reads from it.
    """

    what: str
    columns: str
    insert: str


def copy_rows(target: CopyTarget, rows: Rows, progress: Progress) -> int:
    """Copy the rows and give their number. Runs in the caller's transaction."""
    _copy(target.copy, rows, target.what, progress)
    if rows:
        progress(target.what, len(rows), len(rows))
    return len(rows)


def merge_rows(target: MergeTarget, rows: Rows, progress: Progress) -> int:
    """Insert the rows that are not there yet and give their number. Runs in the caller's
    transaction."""
    if not rows:
        return 0
    names = ", ".join(column.split()[0] for column in target.columns.split(", "))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        cursor.execute(
            "CREATE TEMP TABLE staged (place bigint GENERATED ALWAYS AS IDENTITY, "
            f"{target.columns}) ON COMMIT DROP"
        )
        _copy(f"COPY staged ({names}) FROM STDIN", rows, target.what, progress)
        cursor.execute(target.insert)
        inserted = int(cursor.rowcount)
        cursor.execute("DROP TABLE pg_temp.staged")
    progress(target.what, len(rows), len(rows))
    return inserted


def _copy(statement: str, rows: Rows, what: str, progress: Progress) -> None:
    """The bar stops one row short: it ends when the work on the rows has."""
    waiting, done = iter(rows), 0
    with connection.cursor() as cursor:
        while chunk := list(islice(waiting, CHUNK)):
            cursor.copy_expert(statement, _text(chunk))
            done += len(chunk)
            progress(what, min(done, len(rows) - 1), len(rows))


def _text(rows: Iterable[tuple[Value, ...]]) -> io.StringIO:
    return io.StringIO("".join("\t".join(map(_field, row)) + "\n" for row in rows))


def _field(value: Value) -> str:
    if value is None:
        return r"\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)
