"""What recommendations read from Postgres: films that may be shown, members that may be named."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.movies.models import MovieStatistics
from apps.movies.selectors import catalogue
from apps.users.models import Follow, User
from apps.users.selectors import visible_people

POPULAR = 100


def films_to_choose_from(
    movie_ids: Sequence[int], viewer_id: int | None, *, seen: Collection[int]
) -> dict[int, Any]:
    """These films, and beside them the most popular that the viewer has not seen. One query."""
    popular = MovieStatistics.objects.filter(ratings__gte=5).exclude(movie__in=seen)
    best = popular.order_by("-score", "-movie").values("movie")[:POPULAR]
    return catalogue.movies_where(Q(pk__in=movie_ids) | Q(pk__in=best), viewer_id)


def films_named(movie_ids: Sequence[int], viewer_id: int | None) -> dict[int, Any]:
    """These films as a listing shows them."""
    return catalogue.movies_where(Q(pk__in=movie_ids), viewer_id)


def is_released(movie: Any) -> bool:
    """Whether a film is out; one without a year is taken to be."""
    return movie.year is None or movie.year <= datetime.now(UTC).year


def visible_members(user_ids: Collection[int], viewer_id: int) -> dict[int, tuple[str, bool]]:
    """Those of these members whom the viewer may see: username, and whether the viewer follows."""
    if not user_ids:
        return {}
    follows = Follow.objects.filter(
        follower=viewer_id, followee=OuterRef("pk"), state=Follow.State.ACCEPTED
    )
    rows = User.objects.filter(visible_people(viewer_id), pk__in=user_ids)
    found = rows.annotate(is_followed=Exists(follows)).values_list("pk", "username", "is_followed")
    return {pk: (username, followed) for pk, username, followed in found}
