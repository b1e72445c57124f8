"""What recommendations read from Postgres: the viewer's films, the shown films, the seen people."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q

from apps.movies.models import Movie, MovieStatistics
from apps.movies.selectors import catalogue
from apps.users.models import Follow, User
from apps.users.selectors import visible_people


def popular_movies(seen: Collection[int], *, limit: int) -> list[MovieStatistics]:
    """Films by damped mean, those in `seen` left out, best first."""
    rows = MovieStatistics.objects.filter(ratings__gt=0, movie__year__lte=_this_year())
    return list(rows.exclude(movie__in=seen).order_by("-score", "-movie")[:limit])


def shown_movies(movie_ids: Sequence[int], viewer_id: int | None) -> dict[int, Movie]:
    """Those of these films that may be shown: they exist and are released."""
    found = catalogue.movies_by_id(movie_ids, viewer_id)
    return {
        movie_id: movie
        for movie_id, movie in found.items()
        if movie.year is None or movie.year <= _this_year()
    }


def followed_people(user_ids: Collection[int], viewer_id: int) -> dict[int, str]:
    """Usernames of those of these members whom the viewer follows and may see, now."""
    if not user_ids:
        return {}
    follows = Follow.objects.filter(
        follower=viewer_id, followee=OuterRef("pk"), state=Follow.State.ACCEPTED
    )
    rows = User.objects.filter(visible_people(viewer_id) & Q(Exists(follows)), pk__in=user_ids)
    return dict(rows.values_list("pk", "username"))


def _this_year() -> int:
    return datetime.now(UTC).year
