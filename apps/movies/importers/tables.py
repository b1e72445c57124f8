"""The statements of the bulk import, one for each table that it fills."""

from apps.movies.importers.copying import BulkTable
from apps.movies.importers.people import SOURCE

PEOPLE = BulkTable(
    "people",
    "name text, key text",
    f"""
    INSERT INTO movies_person (name, source, source_key)
    SELECT name, '{SOURCE}', key FROM staged ORDER BY place
    ON CONFLICT (source, source_key) DO NOTHING
    """,
)
FILMS = BulkTable(
    "films",
    "id bigint, title text, year smallint, origin text, plot text, plot_source text, "
    "source_url text, imdb_id text, tmdb_id bigint",
    """
    INSERT INTO movies_movie
        (id, title, year, origin, plot, plot_source, source_url, imdb_id, tmdb_id)
    SELECT id, title, year, origin, plot, plot_source, source_url, imdb_id, tmdb_id
    FROM staged ORDER BY place
    """,
)
"""Without ON CONFLICT: a film that came since the comparison must end the stage, not be skipped
while its genres and credits are added to it."""

GENRES = BulkTable(
    "genres of films",
    "movie_id bigint, name text",
    """
    INSERT INTO movies_moviegenre (movie_id, genre_id)
    SELECT staged.movie_id, genre.id
    FROM staged JOIN movies_genre AS genre USING (name) ORDER BY place
    """,
)
CREDITS = BulkTable(
    "credits",
    "movie_id bigint, key text, role text, position smallint",
    f"""
    INSERT INTO movies_credit (movie_id, person_id, role, position)
    SELECT staged.movie_id, person.id, staged.role, staged.position
    FROM staged JOIN movies_person AS person
        ON person.source = '{SOURCE}' AND person.source_key = staged.key
    ORDER BY place
    """,
)
RATINGS = BulkTable(
    "ratings",
    "user_id bigint, movie_id bigint, half_stars smallint, at timestamptz",
    """
    INSERT INTO movies_rating (user_id, movie_id, half_stars, rated_at, changed_at)
    SELECT user_id, movie_id, half_stars, at, at FROM staged ORDER BY place
    ON CONFLICT (user_id, movie_id) DO NOTHING
    """,
)
TAGS = BulkTable(
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
