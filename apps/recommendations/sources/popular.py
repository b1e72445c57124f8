"""Films that many rated well: what is left when nothing is known of the viewer."""

from collections.abc import Iterable

from apps.recommendations.types import Candidate, Evidence, ListedFilm

LEAST_RATINGS = 5


def candidates(movies: Iterable[ListedFilm]) -> list[Candidate]:
    """These films by damped mean, best first: the fallback of every other source."""
    rated = [movie for movie in movies if movie.ratings >= LEAST_RATINGS]
    rated.sort(key=lambda movie: (-movie.score, movie.pk))
    nothing = Evidence()
    return [Candidate(movie.pk, movie.score, nothing) for movie in rated]
