"""What a member does with their feed."""

from datetime import datetime

from django.db import connection, transaction

MARK_SEEN = """
INSERT INTO feeds_seen (user_id, seen_at)
VALUES (%s, LEAST(COALESCE(%s, statement_timestamp()), statement_timestamp()))
ON CONFLICT (user_id) DO UPDATE SET seen_at = GREATEST(feeds_seen.seen_at, EXCLUDED.seen_at)
RETURNING seen_at
"""


@transaction.atomic
def mark_seen(*, user_id: int, until: datetime | None = None) -> datetime:
    """Note up to when a member has seen their feed; gives what holds now.

    Without a time it is now. It never moves back, and never past now.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK_SEEN, [user_id, until])
        (seen_at,) = cursor.fetchone()
    return seen_at  # type: ignore[no-any-return]
