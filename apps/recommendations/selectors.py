"""What recommendations read from Postgres: films that may be shown, members that may be named."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from apps.movies.models import MovieStatistics
from apps.movies.selectors import catalogue
from apps.recommendations.models import Dismissal
from apps.recommendations.types import Query
from apps.users.models import Follow, User
from apps.users.selectors import visible_people

POPULAR = 100

OPINIONS = """
SELECT rating.movie_id, rating.half_stars, rating.learn, rating.changed_at AS at, rating.id
FROM movies_rating AS rating WHERE rating.user_id = %(viewer_id)s
UNION ALL
SELECT movie_id, NULL, false, dismissed_at, id
FROM recommendations_dismissal WHERE user_id = %(viewer_id)s
ORDER BY at DESC, id DESC
"""


def query_of(viewer_id: int) -> Query:
    """What a member has rated, and what they must not be shown. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OPINIONS, {"viewer_id": viewer_id})
        rows = cursor.fetchall()
    return Query(
        viewer_id,
        ratings=tuple((pk, half_stars) for pk, half_stars, learn, *_ in rows if learn),
        unwanted=frozenset(row[0] for row in rows),
    )


def dismissals_page(user_id: int, *, after: Sequence[Any] | None, limit: int) -> list[Dismissal]:
    """What a member has dismissed, newest first, one more than `limit`."""
    rows = Dismissal.objects.filter(user=user_id).select_related("movie")
    if after:
        at, pk = after
        rows = rows.filter(Q(dismissed_at__lt=at) | Q(dismissed_at=at, pk__lt=pk))
    return list(rows.order_by("-dismissed_at", "-pk")[: limit + 1])


def films_to_choose_from(
    movie_ids: Sequence[int], viewer_id: int | None, *, without: Collection[int]
) -> dict[int, Any]:
    """These films, and beside them the most popular except `without`. One query."""
    popular = MovieStatistics.objects.filter(ratings__gte=5).exclude(movie__in=without)
    best = popular.order_by("-score", "-movie").values("movie")[:POPULAR]
    return catalogue.movies_where(Q(pk__in=movie_ids) | Q(pk__in=best), viewer_id)


def films_named(movie_ids: Sequence[int], viewer_id: int | None) -> dict[int, Any]:
    """These films as a listing shows them."""
    return catalogue.movies_where(Q(pk__in=movie_ids), viewer_id)


def is_released(movie: Any) -> bool:
    """Whether a film is out; one without a year is taken to be."""
    return movie.year is None or movie.year <= datetime.now(UTC).year


def visible_members(user_ids: Collection[int], viewer_id: int) -> dict[int, tuple[str, bool]]:
    """Those of these members who may lead the viewer to a film: username, and whether followed.

    Whom the viewer may not see is not among them, nor who does not want to be used for others.
    """
    if not user_ids:
        return {}
    follows = Follow.objects.filter(
        follower=viewer_id, followee=OuterRef("pk"), state=Follow.State.ACCEPTED
    )
    rows = User.objects.filter(visible_people(viewer_id), pk__in=user_ids, used_for_others=True)
    found = rows.annotate(is_followed=Exists(follows)).values_list("pk", "username", "is_followed")
    return {pk: (username, followed) for pk, username, followed in found}
