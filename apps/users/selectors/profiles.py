"""Members as other members see them: profiles, and lists of followers, requests and blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.users.errors import PrivateProfile, UnknownUser
from apps.users.models import Block, Follow, User
from apps.users.selectors.visibility import named, visible_people

NONE = "none"
"""What `you_follow` says when there is neither a follow nor a request."""


@dataclass(frozen=True)
class Profile:
    """A member as one viewer sees them. A profile that is not open has no counts."""

    user: User
    you_follow: str
    follows_you: bool
    is_open: bool
    followers: int | None = None
    following: int | None = None


@dataclass(frozen=True)
class Listed:
    """A member in a list, and the row that put them there."""

    user: User
    you_follow: str
    position: tuple[object, int]


def profile(username: str, viewer_id: int | None) -> Profile:
    """A member's profile; UnknownUser when there is none, or a block in either direction."""
    found = _related(username, viewer_id)
    if not found.is_open:
        return found
    return Profile(
        user=found.user,
        you_follow=found.you_follow,
        follows_you=found.follows_you,
        is_open=True,
        followers=_followers(found.user, viewer_id).count(),
        following=_following(found.user, viewer_id).count(),
    )


def open_profile(username: str, viewer_id: int | None) -> User:
    """The member, when the viewer may see what they do; else UnknownUser or PrivateProfile."""
    found = _related(username, viewer_id)
    if not found.is_open:
        raise PrivateProfile
    return found.user


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


def _related(username: str, viewer_id: int | None) -> Profile:
    rows = named(username).filter(is_active=True)
    if viewer_id is None:
        user = rows.first()
        if user is None:
            raise UnknownUser
        return Profile(user, NONE, follows_you=False, is_open=not user.is_private)
    this = OuterRef("pk")
    row = (
        rows.annotate(you_follow=_state(viewer_id, "pk"))
        .annotate(
            follows_you=Exists(
                Follow.objects.filter(
                    follower=this, followee=viewer_id, state=Follow.State.ACCEPTED
                )
            ),
            is_blocked=Exists(Block.objects.filter(blocker=viewer_id, blocked=this))
            | Exists(Block.objects.filter(blocker=this, blocked=viewer_id)),
        )
        .first()
    )
    if row is None or row.is_blocked:
        raise UnknownUser
    is_open = not row.is_private or row.pk == viewer_id or row.you_follow == Follow.State.ACCEPTED
    return Profile(row, row.you_follow, follows_you=row.follows_you, is_open=is_open)


def _followers(user: User, viewer_id: int | None) -> QuerySet[Follow]:
    rows = Follow.objects.filter(followee=user, state=Follow.State.ACCEPTED)
    return rows.filter(_listed("follower", user, viewer_id))


def _following(user: User, viewer_id: int | None) -> QuerySet[Follow]:
    rows = Follow.objects.filter(follower=user, state=Follow.State.ACCEPTED)
    return rows.filter(_listed("followee", user, viewer_id))


def _listed(side: str, user: User, viewer_id: int | None) -> Q:
    """In one's own lists nobody hides: whom I let follow me, I can see."""
    if viewer_id == user.pk:
        return Q(**{f"{side}__is_active": True})
    return visible_people(viewer_id, user=side)


def _state(viewer_id: int | None, user: str) -> Coalesce:
    follows = Follow.objects.filter(follower=viewer_id, followee=OuterRef(user))
    return Coalesce(Subquery(follows.values("state")[:1]), Value(NONE))


def _page(
    rows: "QuerySet[Follow] | QuerySet[Block]",
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
    return [Listed(getattr(row, side), row.you_follow, (row.since, row.pk)) for row in shown]
