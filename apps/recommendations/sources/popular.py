"""Films that many rated well: what is left when nothing is known of the viewer."""

from collections.abc import Iterable

from apps.movies.models import Movie
from apps.recommendations.types import Candidate, Evidence

LEAST_RATINGS = 5


def candidates(movies: Iterable[Movie], *, limit: int) -> list[Candidate]:
    """The best of these films by damped mean, the fallback of every other source."""
    rated = [
        movie
        for movie in movies
        if hasattr(movie, "statistics") and movie.statistics.ratings >= LEAST_RATINGS
    ]
    rated.sort(key=lambda movie: (-movie.statistics.score, movie.pk))
    return [Candidate(movie.pk, movie.statistics.score, Evidence()) for movie in rated[:limit]]
