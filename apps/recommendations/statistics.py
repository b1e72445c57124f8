"""How films are rated: the projection that `popular` and the catalogue's orderings read.

Kept in Postgres beside the ratings, but through the outbox like any other store: a film that many
rate at once would otherwise be a row that all of them wait for.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from apps.movies.models import LEAST_TOLD, Movie
from apps.outbox.fences import Fence, draw
from apps.outbox.projections import Progress

PRIOR_RATINGS = 20
"""A film counts as if it had this many ratings more, at the prior: few ratings prove little."""

PRIOR_STARS = 3.3
CHUNK = 5_000

PUT = """
INSERT INTO movies_moviestatistics AS statistics
    (movie_id, ratings, half_stars_sum, score, fence)
SELECT movie.id, count(rating.id), COALESCE(sum(rating.half_stars), 0),
    CASE WHEN count(rating.id) < %(least_told)s THEN %(prior_stars)s
    ELSE (%(prior_stars)s * %(prior_ratings)s + sum(rating.half_stars) / 2.0)
        / (%(prior_ratings)s + count(rating.id)) END,
    %(fence)s
FROM movies_movie AS movie
LEFT JOIN movies_rating AS rating ON rating.movie_id = movie.id
WHERE movie.id = ANY(%(movie_ids)s)
GROUP BY movie.id ORDER BY movie.id
ON CONFLICT (movie_id) DO UPDATE SET ratings = EXCLUDED.ratings,
    half_stars_sum = EXCLUDED.half_stars_sum, score = EXCLUDED.score, fence = EXCLUDED.fence
WHERE statistics.fence < EXCLUDED.fence
"""

DROP_GONE = """
DELETE FROM movies_moviestatistics AS statistics
WHERE statistics.movie_id = ANY(%s)
AND NOT EXISTS (SELECT 1 FROM movies_movie AS movie WHERE movie.id = statistics.movie_id)
"""


@transaction.atomic
def refresh(movie_ids: Sequence[int], fence: Fence) -> None:
    """Count the ratings of these films anew; a film that is gone loses its row.

    Both or neither: who died in between would leave a row of a film that is gone.
    """
    ids = sorted(set(movie_ids))
    prior: dict[str, Any] = {"prior_stars": PRIOR_STARS, "prior_ratings": PRIOR_RATINGS}
    prior["least_told"] = LEAST_TOLD
    with connection.cursor() as cursor:
        cursor.execute(PUT, {**prior, "fence": fence.number, "movie_ids": ids})
        cursor.execute(DROP_GONE, [ids])


def rebuild(progress: Progress) -> None:
    """Count the ratings of every film, chunk by chunk."""
    ids = list(Movie.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        refresh(ids[start : start + CHUNK], draw("recommendations"))
        progress("film statistics", min(start + CHUNK, len(ids)), len(ids))
