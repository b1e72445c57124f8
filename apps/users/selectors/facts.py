"""Members and follows as the stores hold them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.users.models import Follow, User

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
