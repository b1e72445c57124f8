"""Films that many rated well: what is left when nothing is known of the viewer."""

from collections.abc import Collection, Iterable

from apps.recommendations.types import Candidate, Evidence, ListedFilm

LEAST_RATINGS = 5


def candidates(
    movies: Iterable[ListedFilm], most: int, *, besides: Collection[int]
) -> list[Candidate]:
    """The best `most` of these films by damped mean: the fallback of every other source.

    And those of `besides`, which others propose. No more: a film that was looked at for evidence
    that the viewer may not see is to leave no trace.
    """
    rated = [movie for movie in movies if movie.ratings >= LEAST_RATINGS]
    rated.sort(key=lambda movie: (-movie.score, -movie.pk))
    nothing = Evidence()
    return [
        Candidate(movie.pk, movie.score, nothing)
        for rank, movie in enumerate(rated)
        if rank < most or movie.pk in besides
    ]
