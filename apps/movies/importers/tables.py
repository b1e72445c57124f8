"""The statements of the bulk import, one for each table that it fills.

Films and what belongs to them are copied without ON CONFLICT: a film that came since the
comparison must end the stage, and not get the genres and credits of another.
"""

from apps.movies.importers.copying import CopyTarget, MergeTarget
from apps.movies.importers.people import SOURCE

PEOPLE = MergeTarget(
    "people",
    "name text, key text",
    f"""
    INSERT INTO movies_person (name, source, source_key)
    SELECT name, '{SOURCE}', key FROM staged ORDER BY place
    ON CONFLICT (source, source_key) DO NOTHING
    """,  # of a constant  # nosec B608
)
FILMS = CopyTarget(
    "films",
    "COPY movies_movie (id, title, year, origin, plot, plot_source, source_url, imdb_id, tmdb_id) "
    "FROM STDIN",
)
GENRES = CopyTarget("genres of films", "COPY movies_moviegenre (movie_id, genre_id) FROM STDIN")
CREDITS = CopyTarget(
    "credits", "COPY movies_credit (movie_id, person_id, role, position) FROM STDIN"
)
RATINGS = MergeTarget(
    "ratings",
    "user_id bigint, movie_id bigint, half_stars smallint, at timestamptz",
    """
    INSERT INTO movies_rating (user_id, movie_id, half_stars, rated_at, changed_at)
    SELECT user_id, movie_id, half_stars, at, at FROM staged ORDER BY place
    ON CONFLICT (user_id, movie_id) DO NOTHING
    """,
)
TAGS = MergeTarget(
    "tags",
    "user_id bigint, movie_id bigint, tag text, at timestamptz",
    """
    INSERT INTO movies_movietag (user_id, movie_id, tag, tagged_at)
    SELECT user_id, movie_id, tag, at FROM staged ORDER BY place
    ON CONFLICT (movie_id, tag, user_id) DO NOTHING
    """,
)
RAISE_MOVIE_IDS = """
SELECT setval(sequence, greatest(nextval(sequence), (SELECT max(id) FROM movies_movie)))
FROM CAST(pg_get_serial_sequence('movies_movie', 'id') AS regclass) AS sequence
"""
"""Never downwards: a store may remember the id of a film that was deleted."""

TIDY = """
SELECT gin_clean_pending_list('movie_title_trgm'::regclass),
       gin_clean_pending_list('person_name_trgm'::regclass)
"""
"""What waits in a GIN index's pending list is searched row by row."""

ANALYZE = """
ANALYZE users_user, users_follow, movies_genre, movies_person, movies_movie, movies_moviegenre,
    movies_credit, movies_movietag, movies_rating
"""
