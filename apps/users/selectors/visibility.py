"""Who may see whom. Privacy is decided here, by Postgres, at the time of each request."""

from collections.abc import Iterable
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from apps.users.errors import UnknownUser
from apps.users.models import Block, Follow, Mute, User, Visibility

OpinionKind = Literal["ratings"]
"""What a member may show to fewer than may see the profile; there is a setting for each."""


def named(username: str) -> QuerySet[User]:
    """The member with this name, whatever its case, by the unique index."""
    return User.objects.alias(name=Lower("username")).filter(name=username.lower())


def is_username_taken(username: str) -> bool:
    """Whether some member, active or not, has this name."""
    return named(username).exists()


def visible_user(username: str, viewer: User | None) -> User:
    """The active member with this name; UnknownUser also when they have blocked the viewer."""
    user = named(username).filter(is_active=True).first()
    if user is None:
        raise UnknownUser
    if viewer is not None and Block.objects.filter(blocker=user, blocked=viewer).exists():
        raise UnknownUser
    return user


def user_to_unblock(username: str, viewer: User) -> User:
    """A member whom the viewer has blocked, or may see otherwise; else UnknownUser.

    Two who have blocked each other must both be able to take it back.
    """
    blocked = named(username).filter(blocked_by_set__blocker=viewer).first()
    return blocked or visible_user(username, viewer)


def visible_people(viewer_id: int | None, *, user: str = "pk") -> Q:
    """Whom the viewer may see do something: every listing, count and reason goes through it.

    Active members; not blocked in either direction; with a profile that is open to the viewer.
    `user` is the path from the filtered model to the member's id.
    """
    active = Q(**{_of(user, "is_active"): True})
    return active & unblocked(viewer_id, user=user) & _opens("visibility", viewer_id, user)


def visible_opinions(viewer_id: int | None, kind: OpinionKind, *, user: str = "user") -> Q:
    """Whose opinions of a kind the viewer may see: never more than the profile shows.

    `user` is the path from the filtered model to the member's id, as for `visible_people`.
    """
    visible = visible_people(viewer_id, user=user)
    return visible & _opens(f"{kind}_visibility", viewer_id, user)


def tellable_opinions(viewer_id: int | None, kind: OpinionKind, *, user: str = "user") -> Q:
    """Whose opinions of a kind the viewer may be told of unasked, by name.

    Those that are visible, of members who let theirs be used and whom the viewer has not muted.
    """
    visible = visible_opinions(viewer_id, kind, user=user) & unmuted(viewer_id, user=user)
    return visible & Q(**{_of(user, "used_for_others"): True})


def unblocked(viewer_id: int | None, *, user: str = "pk") -> Q:
    """Those between whom and the viewer there is no block, in either direction."""
    if viewer_id is None:
        return Q()
    member = _reference(user)
    by_viewer = Exists(Block.objects.filter(blocker=viewer_id, blocked=member))
    of_viewer = Exists(Block.objects.filter(blocker=member, blocked=viewer_id))
    return Q(~by_viewer) & Q(~of_viewer)


def unmuted(viewer_id: int | None, *, user: str = "pk") -> Q:
    """Those whom the viewer has not muted: a condition more for all that comes unasked."""
    if viewer_id is None:
        return Q()
    return Q(~Exists(Mute.objects.filter(muter=viewer_id, muted=_reference(user))))


def followed_by(viewer_id: int | None, *, user: str = "pk") -> Exists:
    """Whether the viewer follows them; a request that is not yet accepted does not count."""
    return Exists(
        Follow.objects.filter(
            follower=viewer_id, followee=_reference(user), state=Follow.State.ACCEPTED
        )
    )


def shows_avatar(user: User, viewer_id: int | None) -> bool:
    """Whether the viewer sees a member's picture, as they see the name; not a private member's."""
    return user.visibility != Visibility.PRIVATE or user.pk == viewer_id


def visible_people_among(user_ids: Iterable[int], viewer_id: int | None) -> dict[int, User]:
    """Those of these members whose opinions the viewer may see."""
    ids = set(user_ids)
    if not ids:
        return {}
    return {user.pk: user for user in User.objects.filter(visible_people(viewer_id), pk__in=ids)}


def _opens(setting: str, viewer_id: int | None, user: str) -> Q:
    """Those whose setting lets the viewer in; oneself is always let in."""
    name = _of(user, setting)
    public = Q(**{name: Visibility.PUBLIC})
    if viewer_id is None:
        return public
    oneself = Q(**{"pk" if user == "pk" else f"{user}_id": viewer_id})
    followers = Q(followed_by(viewer_id, user=user), **{name: Visibility.FOLLOWERS})
    return public | oneself | followers


def _of(user: str, field: str) -> str:
    return field if user == "pk" else f"{user}__{field}"


def _reference(user: str) -> OuterRef:
    return OuterRef("pk" if user == "pk" else f"{user}_id")
