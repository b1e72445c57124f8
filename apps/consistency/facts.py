"""What Postgres says should be in the stores: per kind, a key and its content as text.

Written anew here: a mistake in a projector's reading must not be repeated by its checker.
"""

from collections.abc import Iterator
from contextlib import closing

from django.db import connection, transaction

from apps.consistency.owners import Fact, Owners

MEMBERS = """
SELECT id::text, concat_ws('|', username, is_sample::text)
FROM users_user WHERE is_active AND id BETWEEN %(first)s AND %(last)s
"""

FOLLOWS = """
SELECT follow.follower_id || ':' || follow.followee_id,
    floor(extract(epoch FROM follow.since) * 1000)::bigint::text
FROM users_follow AS follow
JOIN users_user AS follower ON follower.id = follow.follower_id AND follower.is_active
JOIN users_user AS followee ON followee.id = follow.followee_id AND followee.is_active
WHERE follow.state = 'accepted' AND follow.follower_id BETWEEN %(first)s AND %(last)s
"""

FILMS = """
SELECT id::text, concat(title, '|', year)
FROM movies_movie WHERE id BETWEEN %(first)s AND %(last)s
"""

FILM_GENRES = """
SELECT link.movie_id || ':' || genre.name, ''
FROM movies_moviegenre AS link JOIN movies_genre AS genre ON genre.id = link.genre_id
WHERE link.movie_id BETWEEN %(first)s AND %(last)s
"""

PEOPLE = """
SELECT id::text, name FROM movies_person WHERE id BETWEEN %(first)s AND %(last)s
"""

CREDITS = """
SELECT movie_id || ':' || role || ':' || person_id, position::text
FROM movies_credit WHERE movie_id BETWEEN %(first)s AND %(last)s
"""

LIKES = """
SELECT rating.user_id || ':' || rating.movie_id, concat_ws('|',
    round(rating.half_stars / 2.0, 1)::text,
    floor(extract(epoch FROM rating.rated_at) * 1000)::bigint::text)
FROM movies_rating AS rating
JOIN users_user AS rater ON rater.id = rating.user_id AND rater.is_active
WHERE rating.half_stars >= 8 AND rating.learn AND rating.user_id BETWEEN %(first)s AND %(last)s
"""

FILM_VECTORS = """
SELECT movie.id::text, concat(movie.title, '|', movie.year, '|', movie.origin,
    '|', (SELECT string_agg(genre.name, ',' ORDER BY genre.name COLLATE "C")
        FROM movies_moviegenre AS link JOIN movies_genre AS genre ON genre.id = link.genre_id
        WHERE link.movie_id = movie.id),
    '|', (SELECT string_agg(person_id::text, ',' ORDER BY person_id)
        FROM movies_credit AS credit WHERE credit.movie_id = movie.id AND role = 'director'),
    '|', (SELECT string_agg(person_id::text, ',' ORDER BY person_id)
        FROM movies_credit AS credit WHERE credit.movie_id = movie.id AND role = 'actor'),
    '|', (SELECT string_agg(person_id::text, ',' ORDER BY person_id)
        FROM (SELECT DISTINCT person_id FROM movies_credit AS credit
            WHERE credit.movie_id = movie.id) AS person))
FROM movies_movie AS movie WHERE movie.id BETWEEN %(first)s AND %(last)s
"""

TASTE_VECTORS = """
SELECT newest.user_id::text, string_agg(
    newest.movie_id || '=' || (newest.half_stars / 2.0)::numeric(2, 1), ','
    ORDER BY newest.movie_id)
FROM (
    SELECT rating.*, row_number() OVER (
        PARTITION BY user_id ORDER BY rated_at DESC, rating.id DESC) AS place
    FROM movies_rating AS rating
    JOIN users_user AS rater ON rater.id = rating.user_id AND rater.is_active
    WHERE rating.learn AND rating.user_id BETWEEN %(first)s AND %(last)s
) AS newest
WHERE newest.place <= 100 AND newest.half_stars <> 6
GROUP BY newest.user_id
"""

FILM_STATISTICS = """
SELECT movie.id::text, concat_ws('|', count(rating.id), COALESCE(sum(half_stars), 0))
FROM movies_movie AS movie LEFT JOIN movies_rating AS rating ON rating.movie_id = movie.id
WHERE movie.id BETWEEN %(first)s AND %(last)s
GROUP BY movie.id
"""

STORED_STATISTICS = """
SELECT movie_id::text, concat_ws('|', ratings, half_stars_sum)
FROM movies_moviestatistics WHERE movie_id BETWEEN %(first)s AND %(last)s
"""
"""A projection that lives in Postgres itself."""


def facts(query: str, owners: Owners) -> Iterator[Fact]:
    """What one of these queries gives for the owners, streamed by a cursor on the server."""
    with transaction.atomic(), closing(connection.chunked_cursor()) as cursor:
        cursor.execute(query, {"first": owners.first, "last": owners.last})
        while rows := cursor.fetchmany(5_000):
            yield from rows
