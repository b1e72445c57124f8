"""What is true of people now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.users.errors import UnknownUser
from apps.users.models import Block, Follow, User

FollowKey = tuple[int, int]


@dataclass(frozen=True)
class Member:
    """What the stores hold of a member."""

    id: int
    username: str
    is_sample: bool


@dataclass(frozen=True)
class FollowEdge:
    """An accepted follow."""

    follower_id: int
    followee_id: int
    since: datetime


def members(user_ids: Iterable[int]) -> dict[int, Member]:
    """The active members among these ids."""
    rows = User.objects.filter(pk__in=list(user_ids), is_active=True)
    return {
        row.pk: Member(row.pk, row.username, row.is_sample)
        for row in rows.only("username", "is_sample")
    }


def follows_of(keys: Iterable[FollowKey]) -> dict[FollowKey, FollowEdge]:
    """The accepted follows among these (follower, followee) pairs, both of them active."""
    wanted = set(keys)
    rows = Follow.objects.filter(
        follower__in={follower for follower, _ in wanted},
        followee__in={followee for _, followee in wanted},
        state=Follow.State.ACCEPTED,
        follower__is_active=True,
        followee__is_active=True,
    ).values_list("follower_id", "followee_id", "since")
    return {row[:2]: FollowEdge(*row) for row in rows if row[:2] in wanted}


def visible_user(username: str, viewer: User | None) -> User:
    """The active member with this name; UnknownUser also when they have blocked the viewer."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise UnknownUser
    if viewer is not None and Block.objects.filter(blocker=user, blocked=viewer).exists():
        raise UnknownUser
    return user


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
    blocks = Block.objects.filter(
        Q(blocker=viewer_id, blocked=reference) | Q(blocker=reference, blocked=viewer_id)
    )
    followed = Follow.objects.filter(
        follower=viewer_id, followee=reference, state=Follow.State.ACCEPTED
    )
    own = Q(pk=viewer_id) if user == "pk" else Q(**{f"{user}_id": viewer_id})
    return active & ~Exists(blocks) & (Q(**{f"{prefix}is_private": False}) | own | Exists(followed))


def visible_people_among(user_ids: Iterable[int], viewer_id: int | None) -> dict[int, User]:
    """Those of these members whose opinions the viewer may see."""
    ids = set(user_ids)
    if not ids:
        return {}
    return {user.pk: user for user in User.objects.filter(visible_people(viewer_id), pk__in=ids)}


def followee_ids(user_id: int) -> list[int]:
    """Everyone whom this member follows."""
    return list(
        Follow.objects.filter(follower=user_id, state=Follow.State.ACCEPTED).values_list(
            "followee_id", flat=True
        )
    )


def follower_ids(user_ids: Sequence[int]) -> dict[int, list[int]]:
    """Everyone who follows each of these members."""
    found: dict[int, list[int]] = {user_id: [] for user_id in user_ids}
    rows = Follow.objects.filter(
        followee__in=user_ids, state=Follow.State.ACCEPTED, follower__is_active=True
    ).values_list("followee_id", "follower_id")
    for followee, follower in rows:
        found[followee].append(follower)
    return found


def followers_page(
    user: User, viewer_id: int | None, *, after: Sequence[object] | None, limit: int
) -> list[Follow]:
    """Accepted follows of `user` whose follower the viewer may see, newest first, one too many."""
    rows = Follow.objects.filter(visible_people(viewer_id, user="follower"), followee=user)
    return _page(rows.select_related("follower"), after, limit)


def following_page(
    user: User, viewer_id: int | None, *, after: Sequence[object] | None, limit: int
) -> list[Follow]:
    """Accepted follows by `user` whose followee the viewer may see, newest first, one too many."""
    rows = Follow.objects.filter(visible_people(viewer_id, user="followee"), follower=user)
    return _page(rows.select_related("followee"), after, limit)


def _page(rows: QuerySet[Follow], after: Sequence[object] | None, limit: int) -> list[Follow]:
    rows = rows.filter(state=Follow.State.ACCEPTED).order_by("-since", "-id")
    if after:
        since, pk = after
        rows = rows.filter(Q(since__lt=since) | Q(since=since, pk__lt=pk))
    return list(rows[: limit + 1])
