"""Who may see whom. Privacy is decided here, by Postgres, at the time of each request."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from apps.users.errors import UnknownUser
from apps.users.models import Block, Follow, User


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
    """Whose opinions the viewer may see: every listing, count and reason goes through it.

    Active members; not blocked in either direction; with a public profile, or followed by the
    viewer, or the viewer. `user` is the path from the filtered model to the member's id.
    """
    prefix = "" if user == "pk" else f"{user}__"
    active = Q(**{f"{prefix}is_active": True})
    if viewer_id is None:
        return active & Q(**{f"{prefix}is_private": False})
    reference = OuterRef(user if user == "pk" else f"{user}_id")
    blocked = Exists(Block.objects.filter(blocker=viewer_id, blocked=reference))
    blocked_by = Exists(Block.objects.filter(blocker=reference, blocked=viewer_id))
    followed = Follow.objects.filter(
        follower=viewer_id, followee=reference, state=Follow.State.ACCEPTED
    )
    own = Q(pk=viewer_id) if user == "pk" else Q(**{f"{user}_id": viewer_id})
    open_to_viewer = Q(**{f"{prefix}is_private": False}) | own | Q(Exists(followed))
    return active & Q(~blocked) & Q(~blocked_by) & open_to_viewer


def visible_people_among(user_ids: Iterable[int], viewer_id: int | None) -> dict[int, User]:
    """Those of these members whose opinions the viewer may see."""
    ids = set(user_ids)
    if not ids:
        return {}
    return {user.pk: user for user in User.objects.filter(visible_people(viewer_id), pk__in=ids)}
