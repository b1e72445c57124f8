"""Work that one process at a time does."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from apps.common.errors import Conflict

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))"


@contextmanager
def one_at_a_time(work: str, subject: str, refusal: type[Conflict]) -> Iterator[None]:
    """Do some work on something unless another session of Postgres does it: then `refusal`.

    The lock ends with the session, however the process ends; so it needs a direct connection.
    """
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [work, subject])
        if not cursor.fetchone()[0]:
            raise refusal
        try:
            yield
        finally:
            cursor.execute(UNLOCK, [work, subject])
