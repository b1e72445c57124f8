"""The first films: what to ask a new member about, and what they picked."""

from collections.abc import Sequence
from math import log1p

from django.core.cache import cache
from django.db import transaction

from apps.movies.selectors import catalogue
from apps.recommendations import ranking, selectors
from apps.recommendations.models import OnboardingPick
from apps.recommendations.types import ListedFilm, Scored
from apps.users.models import User

OFFERED = 100
AMONG = 500
SPREAD = 0.7
"""How much a film loses that is like one offered before it."""

KEY = "onboarding"
KEPT_SECONDS = 3600


def offer(viewer_id: int, *, limit: int) -> list[ListedFilm]:
    """Films that many know, unlike each other, and that this member has said nothing of."""
    unwanted = selectors.query_of(viewer_id).unwanted
    ids = [pk for pk in _offered() if pk not in unwanted][:limit]
    movies = selectors.known(viewer_id, ids).movies
    return [movies[pk] for pk in ids if pk in movies]


@transaction.atomic
def pick_films(*, user: User, like: Sequence[int], dislike: Sequence[int]) -> None:
    """Note which films a member likes and does not like, in place of what they picked before.

    Recommendations take them as ratings of 4 and 2 stars that are older than every real one.
    """
    # Two calls at once, a double click: the second waits here and then sees the first's picks.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    OnboardingPick.objects.filter(user=user).delete()
    OnboardingPick.objects.bulk_create(
        OnboardingPick(user=user, movie_id=pk, liked=liked)
        for liked, ids in ((True, like), (False, dislike))
        for pk in ids
    )


def _offered() -> list[int]:
    """The same for everybody, so kept for an hour; not when there is nothing yet."""
    ids: list[int] | None = cache.get(KEY)
    if not ids:
        ids = _spread()
        if ids:
            cache.set(KEY, ids, KEPT_SECONDS)
    return ids


def _spread() -> list[int]:
    """Greedily: well known, and little like those chosen before."""
    best = catalogue.movies_page(catalogue.MovieQuery(), None, after=None, limit=AMONG)
    movies = {film.pk: film for film in best if film.told}
    ranked = ranking.best_first(
        Scored(pk, {"popular": log1p(film.told)}) for pk, film in movies.items()
    )
    chosen = ranking.diversify(ranked, movies, OFFERED, diversity=SPREAD)
    return [film.movie_id for film in chosen]
