"""Sessions of Postgres that meet."""

from django.db import connection


def until_someone_waits() -> None:
    """Returns when another session waits for a lock that this one holds."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(10_000):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody came to wait.")
