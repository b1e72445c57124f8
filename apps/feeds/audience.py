"""Into whose timelines an author's activities are pushed, and whose are not: hubs'."""

from collections.abc import Sequence

from django.db import connection

HUB_FOLLOWERS = 5000
"""An author with more followers is a hub: pushing one activity would write that many times."""

AUDIENCES = """
SELECT author.id, EXISTS (SELECT 1 FROM feeds_hub AS hub WHERE hub.user_id = author.id),
    ARRAY(
        SELECT follow.follower_id FROM users_follow AS follow
        WHERE follow.followee_id = author.id AND follow.state = 'accepted' LIMIT %s
    )
FROM unnest(%s::bigint[]) AS author (id)
"""

MAKE_HUBS = """
INSERT INTO feeds_hub (user_id)
SELECT member.id FROM users_user AS member WHERE member.id = ANY(%s) FOR KEY SHARE
ON CONFLICT DO NOTHING
"""

DEMOTE = """
DELETE FROM feeds_hub AS hub WHERE (
    SELECT count(*) FROM users_follow AS follow
    WHERE follow.followee_id = hub.user_id AND follow.state = 'accepted'
) <= %s
"""


def audiences(author_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who follows each of these authors; nobody for a hub.

    Who is found to have become one is written down before anything is left out of a timeline, and
    whoever reads after that pulls. Inactive followers are among them: they may come back.
    """
    with connection.cursor() as cursor:
        cursor.execute(AUDIENCES, [HUB_FOLLOWERS + 1, list(author_ids)])
        rows = cursor.fetchall()
        grown = [author for author, hub, them in rows if not hub and len(them) > HUB_FOLLOWERS]
        if grown:
            cursor.execute(MAKE_HUBS, [grown])
    return {author: [] if hub or author in grown else them for author, hub, them in rows}


def demote_hubs() -> int:
    """Push again for hubs that have lost half of what made them one; gives how many.

    Their activities are missing in every timeline there is: rebuild them all after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(DEMOTE, [HUB_FOLLOWERS // 2])
        return int(cursor.rowcount)
