"""A catalogue of 100,000: the sample's films, and passages of their plots as films of their own.

A passage has the year, the genres and the people of the film that it is from. The vectors are kept
in `var/bench`, for to embed them all takes some ten minutes.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from infra.bench.figures import FOLDER

if TYPE_CHECKING:
    from apps.vectors.embedding_cache import EmbeddingCache

WORDS = 30
"""Of each passage, about 40 tokens."""

ADD_PASSAGES = """
WITH cut AS MATERIALIZED (
    SELECT id, year, origin, regexp_split_to_array(plot, E'\\\\s+') AS words FROM movies_movie),
passage AS (
    SELECT id, place FROM cut
    CROSS JOIN generate_series(0, cardinality(words) / %(words)s - 1) AS place
    ORDER BY place, id LIMIT %(films)s - (SELECT count(*) FROM movies_movie))
INSERT INTO movies_movie (title, year, origin, plot, plot_source)
SELECT left(array_to_string(own[:6], ' '), 300), year, origin, array_to_string(own, ' '), id
FROM passage JOIN cut USING (id),
LATERAL (SELECT words[place * %(words)s + 1 : (place + 1) * %(words)s] AS own) AS part
ORDER BY place, id
"""
"""`plot_source` says which film it is from."""

ADD_GENRES = """
INSERT INTO movies_moviegenre (movie_id, genre_id)
SELECT passage.id, genre_id FROM movies_movie AS passage
JOIN movies_moviegenre AS its ON its.movie_id = passage.plot_source::bigint
WHERE passage.plot_source ~ '^[0-9]+$'
"""

ADD_CREDITS = """
INSERT INTO movies_credit (movie_id, person_id, role, position)
SELECT passage.id, person_id, role, position FROM movies_movie AS passage
JOIN movies_credit AS its ON its.movie_id = passage.plot_source::bigint
WHERE passage.plot_source ~ '^[0-9]+$'
"""


def add_passages(films: int, kept: Path = FOLDER / "passages.npz") -> None:
    """As many as make so many films, into Postgres and the vectors; the graph is not told."""
    from django.db import connection, transaction

    from apps.movies.models import Movie

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(ADD_PASSAGES, {"words": WORDS, "films": films})
        cursor.execute(ADD_GENRES)
        cursor.execute(ADD_CREDITS)
        cursor.execute("ANALYZE movies_movie, movies_moviegenre, movies_credit")
    passages = Movie.objects.filter(plot_source__regex="^[0-9]+$")
    _put(list(passages.order_by("pk").values_list("pk", flat=True)), kept)


def _put(ids: Sequence[int], kept: Path) -> None:
    """The points of films whose text is the plot alone."""
    from apps.movies import selectors
    from apps.outbox.fences import draw
    from apps.vectors.embedding import known_model
    from apps.vectors.embedding_cache import EmbeddingCache
    from apps.vectors.projectors import film_point
    from apps.vectors.store import get_vectors

    films = selectors.films(ids).values()
    cache = EmbeddingCache(kept, known_model().identity)
    _embed({film.plot for film in films}, cache)
    points = []
    for film in films:
        vector = cache.get(film.plot)
        assert vector is not None
        model = str(cache.identity)
        points.append(film_point(film, text=film.plot, vector=vector, model=model))
    get_vectors().put_films(points, draw("vectors"))


def _embed(texts: Collection[str], cache: "EmbeddingCache") -> None:
    from apps.vectors.management.commands.build_embedding_cache import fill

    missing = [text for text in texts if cache.get(text) is None]
    if missing:
        from apps.vectors.sentence_model import load_model

        fill(cache, missing, load_model())
