"""How a connection to Postgres is checked before a request."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from tests.faults.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Iterator[Any]:
    """A second connection, open and used."""
    second = connection.copy()
    with second.cursor() as cursor:
        cursor.execute("SELECT 'its own'")
    yield second
    second.close()


def server_says(sql: str, other: Any) -> Any:
    """What the first connection is told about the second."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [other.connection.get_backend_pid()])
        return cursor.fetchone()


def test_a_connection_is_checked_without_a_query(other: Any) -> None:
    assert other.is_usable()
    asked = server_says("SELECT query FROM pg_stat_activity WHERE pid = %s", other)
    assert asked == ("SELECT 'its own'",)


def test_a_connection_that_the_server_ended_is_replaced(other: Any) -> None:
    server_says("SELECT pg_terminate_backend(%s)", other)
    wait_until(lambda: not other._is_silent(), "the server says that it ended the connection")
    other.health_check_enabled = True  # as it is when a request begins
    other.health_check_done = False
    with other.cursor() as cursor:
        cursor.execute("SELECT 7")
        assert cursor.fetchone() == (7,)


def test_words_of_the_server_alone_end_no_connection(other: Any) -> None:
    with other.cursor() as cursor:
        cursor.execute("LISTEN films")
    with closing(connection.copy()) as third, third.cursor() as cursor:
        cursor.execute("NOTIFY films")
    wait_until(lambda: not other._is_silent(), "the server passes on what was told")
    assert other.is_usable()
