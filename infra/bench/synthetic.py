"""Members who like films and follow each other, as many as are wanted, straight into Postgres."""

from django.db import connection

LIKES = 180
FOLLOWS = 20
EDGES = LIKES + FOLLOWS
"""Of each member."""

MEMBERS = """
INSERT INTO users_user (username, email, password, is_superuser)
SELECT 'crowd-' || number, 'crowd-' || number || '@example.com', '!', false
FROM generate_series(0, %s - 1) AS number
"""

ADD_LIKES = """
WITH film AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM movies_movie),
rater AS (SELECT id, substr(username, 7)::int AS place FROM users_user
    WHERE username LIKE 'crowd-%%')
INSERT INTO movies_rating (user_id, movie_id, half_stars, rated_at)
SELECT rater.id, film.id, 8 + number %% 3, now() - number * interval '1 hour'
FROM rater CROSS JOIN generate_series(0, %s - 1) AS number
JOIN film ON film.place = (rater.place * 7919 + number * 104729) %% (SELECT count(*) FROM film)
"""
"""The second number is a prime: so no two films of a member are one."""

ADD_FOLLOWS = """
WITH crowd AS (SELECT id, substr(username, 7)::int AS place FROM users_user
    WHERE username LIKE 'crowd-%%')
INSERT INTO users_follow (follower_id, followee_id, state)
SELECT one.id, other.id, 'accepted'
FROM crowd AS one CROSS JOIN generate_series(1, %s) AS number
JOIN crowd AS other ON other.place = (one.place + number) %% (SELECT count(*) FROM crowd)
"""


def add_crowd(members: int) -> None:
    """So many members more than `FOLLOWS`, each with `EDGES`; no store is told."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [members])
        cursor.execute(ADD_LIKES, [LIKES])
        cursor.execute(ADD_FOLLOWS, [FOLLOWS])
        cursor.execute("ANALYZE users_user, movies_rating, users_follow")
