"""What Postgres says should be in the stores: per kind, a key and its content.

Each query gives `key` and the content's parts as text, so that both sides are hashed alike.
Written anew here: a mistake in a projector's reading must not be repeated by its checker.
"""

from collections.abc import Iterator
from contextlib import closing

from django.db import connection, transaction

Fact = tuple[str, str]
"""A key, and its content as canonical text."""

QUERIES: dict[str, str] = {
    "members": """
        SELECT id::text, concat_ws('|', username, is_sample::text)
        FROM users_user WHERE is_active
    """,
    "follows": """
        SELECT follow.follower_id || ':' || follow.followee_id, ''
        FROM users_follow AS follow
        JOIN users_user AS follower ON follower.id = follow.follower_id AND follower.is_active
        JOIN users_user AS followee ON followee.id = follow.followee_id AND followee.is_active
        WHERE follow.state = 'accepted'
    """,
    "films": """
        SELECT movie.id::text, concat_ws('|', movie.title, COALESCE(movie.year::text, ''))
        FROM movies_movie AS movie
    """,
    "film genres": """
        SELECT link.movie_id || ':' || genre.name, ''
        FROM movies_moviegenre AS link JOIN movies_genre AS genre ON genre.id = link.genre_id
    """,
    "people": """
        SELECT id::text, name FROM movies_person
    """,
    "credits": """
        SELECT movie_id || ':' || role || ':' || person_id, position::text FROM movies_credit
    """,
    "likes": """
        SELECT rating.user_id || ':' || rating.movie_id, round(rating.half_stars / 2.0, 1)::text
        FROM movies_rating AS rating
        JOIN users_user AS rater ON rater.id = rating.user_id AND rater.is_active
        WHERE rating.half_stars >= 8
    """,
    "film vectors": """
        SELECT movie.id::text, concat_ws('|', movie.title, COALESCE(movie.year::text, ''),
            movie.origin,
            COALESCE((SELECT string_agg(genre.name, ',' ORDER BY genre.name COLLATE "C")
                FROM movies_moviegenre AS link JOIN movies_genre AS genre
                ON genre.id = link.genre_id WHERE link.movie_id = movie.id), ''),
            COALESCE((SELECT string_agg(person_id::text, ',' ORDER BY person_id)
                FROM movies_credit AS credit
                WHERE credit.movie_id = movie.id AND role = 'director'), ''),
            COALESCE((SELECT string_agg(person_id::text, ',' ORDER BY person_id)
                FROM movies_credit AS credit
                WHERE credit.movie_id = movie.id AND role = 'actor'), ''))
        FROM movies_movie AS movie
    """,
    "taste vectors": """
        SELECT newest.user_id::text, string_agg(
            newest.movie_id || '=' || (newest.half_stars / 2.0)::numeric(2, 1), ','
            ORDER BY newest.movie_id)
        FROM (
            SELECT rating.*, row_number() OVER (
                PARTITION BY user_id ORDER BY rated_at DESC, rating.id DESC) AS place
            FROM movies_rating AS rating
            JOIN users_user AS rater ON rater.id = rating.user_id AND rater.is_active
        ) AS newest
        WHERE newest.place <= 100 AND newest.half_stars <> 6
        GROUP BY newest.user_id
    """,
    "film statistics": """
        SELECT movie.id::text, concat_ws('|', count(rating.id), COALESCE(sum(half_stars), 0))
        FROM movies_movie AS movie LEFT JOIN movies_rating AS rating ON rating.movie_id = movie.id
        GROUP BY movie.id
    """,
}

STATISTICS = """
SELECT movie_id::text, concat_ws('|', ratings, half_stars_sum) FROM movies_moviestatistics
"""


def facts_of(kind: str) -> Iterator[Fact]:
    """Every fact of a kind, streamed by a cursor on the server."""
    return _streamed(QUERIES[kind])


def stored_statistics() -> Iterator[Fact]:
    """The film statistics, a projection that lives in Postgres itself."""
    return _streamed(STATISTICS)


def _streamed(query: str) -> Iterator[Fact]:
    with transaction.atomic(), closing(connection.chunked_cursor()) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(5_000):
            yield from rows
