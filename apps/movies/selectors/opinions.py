"""What members say of films, as far as the viewer may see it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from apps.movies.models import Rating
from apps.users.selectors import followed_by, unmuted, visible_opinions


def friends_opinions(
    movie_id: int, viewer_id: int, *, after: Sequence[Any] | None, limit: int
) -> list[Rating]:
    """What those whom the viewer follows think of a film, newest first, one more than `limit`."""
    rows = Rating.objects.filter(
        visible_opinions(viewer_id, "ratings"),
        unmuted(viewer_id, user="user"),
        followed_by(viewer_id, user="user"),
        movie=movie_id,
    )
    return _newest_first(rows.select_related("user"), after, limit)


def ratings_page(user_id: int, *, after: Sequence[Any] | None, limit: int) -> list[Rating]:
    """A member's own ratings, newest first, one more than `limit`."""
    rows = Rating.objects.filter(user=user_id).select_related("movie")
    return _newest_first(rows, after, limit)


def _newest_first(rows: Any, after: Sequence[Any] | None, limit: int) -> list[Rating]:
    if after:
        rated_at, pk = after
        rows = rows.filter(Q(rated_at__lt=rated_at) | Q(rated_at=rated_at, pk__lt=pk))
    return list(rows.order_by("-rated_at", "-id")[: limit + 1])
