"""The ORM's SQL, made once a process: to make it takes longer than to run it.

For reads of every page whose rules are written as querysets elsewhere, such as who may see whom.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from apps.common import prepared

TYPED = {
    "bigint": "%s::bigint",
    "int": "%s::int",
    "float8": "%s::float8",
    "text": "%s::text",
}
"""A value's place by Postgres's type of it."""


@dataclass(frozen=True)
class Given:
    """The place of a value that each run of a query brings."""

    name: str


@dataclass(frozen=True)
class Compiled:
    """SQL with named places for the values of a run."""

    sql: str

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """What the query finds with these values."""
        return prepared.rows(self.sql, values)


def given(name: str, kind: str = "bigint") -> Any:
    """Stands in a queryset for a value, of this type of Postgres, that each run brings."""
    return RawSQL(TYPED[kind], [Given(name)])  # nosec B611 - one of our constants


def given_ids(name: str) -> Any:
    """Stands in a queryset, after `__in`, for ids that each run brings as a list."""
    return RawSQL("SELECT unnest(%s::bigint[])", [Given(name)])


def compiled(rows: QuerySet[Any, Any]) -> Compiled:
    """A queryset's SQL; what it does to values that come back (converters) is left out.

    Values that are the same in every run stand in it as literals: Postgres tells their types.
    """
    sql, values = rows.query.sql_with_params()
    places = iter(
        [f"%({one.name})s" if isinstance(one, Given) else _literal(one) for one in values]
    )
    return Compiled(
        re.sub("%[%s]", lambda found: found[0] if found[0] == "%%" else next(places), sql)
    )


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        literal: bytes = cursor.mogrify("%s", [value])
    return literal.decode().replace("%", "%%")
