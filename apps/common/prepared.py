"""Constant SQL that Postgres plans once a connection: to plan a hot read takes half of its time.

psycopg2 prepares nothing by itself, so this speaks SQL's PREPARE and EXECUTE; that the plan is kept
for all values is `plan_cache_mode` in the settings. Behind a pooler that gives each transaction
another connection (Django then has DISABLE_SERVER_SIDE_CURSORS), every run is planned.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection

MOST = 200
"""Statements that a connection keeps, for plans are memory. Others are planned each time."""

_PLACE = re.compile(r"%%|%\((\w+)\)s")
_kept: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The statements of each connection of psycopg2."""


class Statement(NamedTuple):
    """What to send once, and what each time, with the named places for values."""

    name: str
    prepare: str
    execute: str


def rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a query finds. It must be a constant, or one of a few, with named places for values.

    Postgres must be able to tell the type of each place: by a cast, or by what it is compared with.
    """
    with connection.cursor() as cursor:
        cursor.execute(_prepared(sql) or sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _prepared(sql: str) -> str | None:
    """What executes the query in this connection; None when it is not to be prepared there."""
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return None
    own = connection.connection
    kept = _kept.setdefault(own, set())
    statement = statement_of(sql)
    if statement.name not in kept:
        if len(kept) >= MOST:
            return None
        with connection.wrap_database_errors, own.cursor() as cursor:
            cursor.execute(statement.prepare)
        kept.add(statement.name)
    return statement.execute


@lru_cache(maxsize=4 * MOST)
def statement_of(sql: str) -> Statement:
    """A query as a statement; a value that has several places is given once."""
    names: list[str] = []

    def numbered(place: re.Match[str]) -> str:
        if place[1] is None:
            return "%"
        if place[1] not in names:
            names.append(place[1])
        return f"${names.index(place[1]) + 1}"

    text = _PLACE.sub(numbered, sql)
    name = f"cinemesh_{sha256(sql.encode()).hexdigest()[:20]}"
    given = ", ".join(f"%({one})s" for one in names)
    return Statement(
        name,
        f"PREPARE {name} AS {text}",
        f"EXECUTE {name} ({given})" if names else f"EXECUTE {name}",
    )
