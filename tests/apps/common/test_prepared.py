"""Constant SQL as prepared statements of a connection."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.common import prepared

pytestmark = pytest.mark.django_db

SUMS = "SELECT n + %(more)s::int, '100%%' FROM unnest(%(ns)s::int[]) AS n WHERE n <> %(more)s"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A connection without statements of ours, before and after."""
    connection.ensure_connection()
    prepared._kept.pop(connection.connection, None)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    yield
    prepared._kept.pop(connection.connection, None)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


def kept() -> dict[str, tuple[int, int]]:
    """Postgres's own word: how often it ran each statement of this connection, planned anew or not.

    The statement, how many runs took the plan that is kept, and how many one of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return {statement: (generic, custom) for statement, generic, custom in found}


def test_a_query_is_planned_once_and_executed_each_time() -> None:
    for ns in ([1, 2], [], [3]):
        found = prepared.rows(SUMS, {"more": 2, "ns": ns})
        assert found == [(n + 2, "100%") for n in ns if n != 2]
    ((statement, runs),) = kept().items()
    assert statement.startswith("PREPARE cinemesh_")
    assert runs == (3, 0)


def test_a_new_connection_prepares_anew() -> None:
    prepared.rows(SUMS, {"more": 2, "ns": [1]})
    prepared._kept.pop(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert prepared.rows(SUMS, {"more": 2, "ns": [1]}) == [(3, "100%")]


def test_a_pooled_connection_prepares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert prepared.rows(SUMS, {"more": 2, "ns": [1]}) == [(3, "100%")]
    assert kept() == {}


def test_a_connection_keeps_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 2)
    for number in range(4):
        assert prepared.rows(f"SELECT {number}", {}) == [(number,)]
    assert len(kept()) == 2


def test_values_are_values_and_no_sql() -> None:
    quote = "'); DROP TABLE users_user; --"
    assert prepared.rows("SELECT %(text)s::text", {"text": quote}) == [(quote,)]
