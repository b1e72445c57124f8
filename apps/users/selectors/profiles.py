"""Members as other members see them: profiles, and lists of followers, blocks and the like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from apps.users.errors import PrivateProfile, UnknownUser
from apps.users.models import Block, Follow, Mute, User
from apps.users.selectors.visibility import (
    OpinionKind,
    followed_by,
    named,
    shows_avatar,
    unblocked,
    visible_opinions,
    visible_people,
)

NONE = "none"
"""What `you_follow` says when there is neither a follow nor a request."""


@dataclass(frozen=True)
class Profile:
    """A member as one viewer sees them. A profile that is not open has no counts."""

    user: User
    you_follow: str
    follows_you: bool
    you_mute: bool
    is_open: bool
    shows_ratings: bool
    shows_avatar: bool
    followers: int | None = None
    following: int | None = None


@dataclass(frozen=True)
class Listed:
    """A member in a list, and the row that put them there."""

    user: User
    shows_avatar: bool
    you_follow: str
    position: tuple[object, int]


def profile(username: str, viewer_id: int | None) -> Profile:
    """A member's profile; UnknownUser when there is none, or a block in either direction."""
    found = _related(username, viewer_id)
    if not found.is_open:
        return found
    return replace(
        found,
        followers=_followers(found.user, viewer_id).count(),
        following=_following(found.user, viewer_id).count(),
    )


def open_profile(username: str, viewer_id: int | None) -> User:
    """The member, when the viewer may see what they do; else UnknownUser or PrivateProfile."""
    return opened(username, viewer_id).user


def opened(username: str, viewer_id: int | None) -> Profile:
    """As `open_profile`, with what else of the member the viewer may see, but without counts."""
    found = _related(username, viewer_id)
    if not found.is_open:
        raise PrivateProfile
    return found


def open_opinions(username: str, viewer_id: int | None, kind: OpinionKind) -> User:
    """The member, when the viewer may see such opinions of theirs; raises as `open_profile`."""
    user = open_profile(username, viewer_id)
    shown = visible_opinions(viewer_id, kind, user="pk")
    if not User.objects.filter(shown, pk=user.pk).exists():
        raise PrivateProfile
    return user


def followers_page(
    user: User, viewer_id: int | None, *, after: Sequence[object] | None, limit: int
) -> list[Listed]:
    """Who follows `user`, as far as the viewer may see them, newest first, one too many."""
    return _page(_followers(user, viewer_id), "follower", viewer_id, after, limit)


def following_page(
    user: User, viewer_id: int | None, *, after: Sequence[object] | None, limit: int
) -> list[Listed]:
    """Whom `user` follows, as far as the viewer may see them, newest first, one too many."""
    return _page(_following(user, viewer_id), "followee", viewer_id, after, limit)


def mutuals_page(
    user: User, viewer_id: int, *, after: Sequence[object] | None, limit: int
) -> list[Listed]:
    """Who follows `user` and is followed by the viewer, newest first, one too many."""
    rows = _followers(user, viewer_id).filter(followed_by(viewer_id, user="follower"))
    return _page(rows, "follower", viewer_id, after, limit)


def follow_requests_page(user: User, *, after: Sequence[object] | None, limit: int) -> list[Listed]:
    """Who waits for `user` to let them follow, newest first, one too many."""
    rows = Follow.objects.filter(
        followee=user, state=Follow.State.REQUESTED, follower__is_active=True
    )
    return _page(rows, "follower", user.pk, after, limit)


def blocks_page(user: User, *, after: Sequence[object] | None, limit: int) -> list[Listed]:
    """Whom `user` has blocked, newest first, one too many."""
    rows = Block.objects.filter(blocker=user, blocked__is_active=True)
    return _page(rows, "blocked", user.pk, after, limit)


def mutes_page(user: User, *, after: Sequence[object] | None, limit: int) -> list[Listed]:
    """Whom `user` has muted and can see, newest first, one too many."""
    rows = Mute.objects.filter(unblocked(user.pk, user="muted"), muter=user, muted__is_active=True)
    return _page(rows, "muted", user.pk, after, limit)


def _related(username: str, viewer_id: int | None) -> Profile:
    followed_back = Follow.objects.filter(
        follower=OuterRef("pk"), followee=viewer_id, state=Follow.State.ACCEPTED
    )
    row = (
        named(username)
        .filter(unblocked(viewer_id), is_active=True)
        .annotate(
            you_follow=_state(viewer_id, "pk"),
            follows_you=Exists(followed_back),
            you_mute=Exists(Mute.objects.filter(muter=viewer_id, muted=OuterRef("pk"))),
            is_open=ExpressionWrapper(visible_people(viewer_id), BooleanField()),
            shows_ratings=ExpressionWrapper(
                visible_opinions(viewer_id, "ratings", user="pk"), BooleanField()
            ),
        )
        .first()
    )
    if row is None:
        raise UnknownUser
    return Profile(
        user=row,
        you_follow=row.you_follow,
        follows_you=row.follows_you,
        you_mute=row.you_mute,
        is_open=row.is_open,
        shows_ratings=row.shows_ratings,
        shows_avatar=shows_avatar(row, viewer_id),
    )


def _followers(user: User, viewer_id: int | None) -> QuerySet[Follow]:
    rows = Follow.objects.filter(followee=user, state=Follow.State.ACCEPTED)
    return rows.filter(_in_list("follower", user, viewer_id))


def _following(user: User, viewer_id: int | None) -> QuerySet[Follow]:
    rows = Follow.objects.filter(follower=user, state=Follow.State.ACCEPTED)
    return rows.filter(_in_list("followee", user, viewer_id))


def _in_list(side: str, user: User, viewer_id: int | None) -> Q:
    """In one's own lists nobody hides: whom I let follow me, I can see."""
    if viewer_id == user.pk:
        return Q(**{f"{side}__is_active": True})
    return visible_people(viewer_id, user=side)


def _state(viewer_id: int | None, user: str) -> Coalesce:
    follows = Follow.objects.filter(follower=viewer_id, followee=OuterRef(user))
    return Coalesce(Subquery(follows.values("state")[:1]), Value(NONE))


def _page(
    rows: "QuerySet[Follow] | QuerySet[Block] | QuerySet[Mute]",
    side: str,
    viewer_id: int | None,
    after: Sequence[object] | None,
    limit: int,
) -> list[Listed]:
    if after:
        since, pk = after
        rows = rows.filter(Q(since__lt=since) | Q(since=since, pk__lt=pk))
    shown = (
        rows.select_related(side)
        .annotate(you_follow=_state(viewer_id, f"{side}_id"))
        .order_by(F("since").desc(), F("id").desc())[: limit + 1]
    )
    return [_listed(row, getattr(row, side), viewer_id) for row in shown]


def _listed(row: Any, user: User, viewer_id: int | None) -> Listed:
    return Listed(user, shows_avatar(user, viewer_id), row.you_follow, (row.since, row.pk))
