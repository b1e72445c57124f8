"""Who to follow: people near a member in the graph, as far as the member may see them.

The graph proposes; Postgres says at the time of the request who may come and who may be named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.common import prepared
from apps.common.compiled import Compiled, compiled, given, given_ids
from apps.common.errors import StoreUnavailable
from apps.common.sentences import listed, shortened
from apps.graph.store import get_graph
from apps.graph.types import Suggestions
from apps.movies.models import LIKE
from apps.users.models import User
from apps.users.selectors import followed_by, unmuted, visible_opinions, visible_people

LEAST, PER_SHOWN = 60, 3
"""People of each kind who are looked at, and for each who is shown: some may not be seen."""

NOTHING = Suggestions((), (), ())

STANDING = """
(SELECT 'liked' AS kind, movie_id AS id FROM movies_rating
WHERE user_id = %(viewer_id)s AND half_stars >= %(like)s AND learn
ORDER BY rated_at DESC, id DESC LIMIT 100)
UNION ALL SELECT 'without', followee_id FROM users_follow WHERE follower_id = %(viewer_id)s
UNION ALL SELECT 'without', blocked_id FROM users_block WHERE blocker_id = %(viewer_id)s
UNION ALL SELECT 'without', blocker_id FROM users_block WHERE blocked_id = %(viewer_id)s
UNION ALL SELECT 'without', muted_id FROM users_mute WHERE muter_id = %(viewer_id)s
UNION ALL SELECT 'without', other_id FROM users_unsuggested WHERE member_id = %(viewer_id)s
"""
"""Requests count as follows here: whoever was asked is not suggested."""


class Person(NamedTuple):
    """A member whom the viewer may see, follows or not; `tells` is whether their taste shows."""

    pk: int
    username: str
    display_name: str
    avatar: str
    is_sample: bool
    tells: bool
    is_followed: bool


class Reason(NamedTuple):
    """Why someone is suggested: the people or the number that a sentence tells."""

    kind: Literal["followed_by", "alike", "directors"]
    weight: float
    users: Sequence[str] = ()
    directors: Sequence[str] = ()
    films: int | None = None

    @property
    def text(self) -> str:
        """The sentence."""
        if self.kind == "followed_by":
            return f"Followed by {shortened(self.users)}, whom you follow"
        if self.kind == "alike":
            return f"Likes {self.films} films that you like"
        return f"Likes films by {listed(self.directors)}, as you do"


@dataclass
class Suggestion:
    """Someone to follow, and why, the strongest reason first."""

    user: Person
    reasons: list[Reason] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """The sum over the reasons."""
        return sum(reason.weight for reason in self.reasons)


def suggest(
    viewer_id: int, *, limit: int, with_samples: bool
) -> tuple[list[Suggestion], tuple[str, ...]]:
    """People whom a member might follow, the best first, and the stores that did not answer.

    One question to the graph, two to Postgres.
    """
    liked, without = standing(viewer_id)
    most = max(LEAST, PER_SHOWN * limit)
    try:
        found = get_graph().suggestions(viewer_id, most, liked=liked, without=without)
    except StoreUnavailable as error:
        return [], (error.store,)
    wanted = [
        one
        for one in suggestable(viewer_id, found)
        if one.user.pk not in without and (with_samples or not one.user.is_sample)
    ]
    return wanted[:limit], ()


def suggestable(viewer_id: int, found: Suggestions) -> list[Suggestion]:
    """What the graph found, as far as the member may be told of it, the best first."""
    people = _visible(viewer_id, found)
    suggested: dict[int, Suggestion] = {}
    for user_id, reason in _reasons(found, people):
        suggested.setdefault(user_id, Suggestion(people[user_id])).reasons.append(reason)
    for suggestion in suggested.values():
        suggestion.reasons.sort(key=lambda reason: -reason.weight)
    return sorted(suggested.values(), key=lambda one: (-one.weight, one.user.pk))


def standing(viewer_id: int) -> tuple[list[int], set[int]]:
    """The films that the member likes, newest first, and who must not come."""
    rows = prepared.rows(STANDING, {"viewer_id": viewer_id, "like": LIKE})
    liked = [pk for kind, pk in rows if kind == "liked"]
    return liked, {viewer_id, *(pk for kind, pk in rows if kind == "without")}


def _visible(viewer_id: int, found: Suggestions) -> dict[int, Person]:
    """Those of all these people whom the viewer may see."""
    ids = {row.user_id for rows in vars(found).values() for row in rows}
    ids |= {pk for row in found.acquaintances for pk in row.through}
    rows = _visible_people().rows(viewer_id=viewer_id, user_ids=list(ids))
    return {row[0]: Person(*row) for row in rows}


@cache
def _visible_people() -> Compiled:
    viewer = given("viewer_id")
    tells = visible_opinions(viewer, "ratings", user="pk") & Q(used_for_others=True)
    rows = User.objects.filter(
        visible_people(viewer), unmuted(viewer), pk__in=given_ids("user_ids")
    )
    rows = rows.annotate(
        tells=ExpressionWrapper(tells, BooleanField()), is_followed=followed_by(viewer)
    )
    return compiled(rows.values_list(*Person._fields))


def _reasons(found: Suggestions, people: dict[int, Person]) -> list[tuple[int, Reason]]:
    """Each reason that may be told, with the person it is for."""
    told: list[tuple[int, Reason]] = []
    for near in found.acquaintances:
        through = [people[pk] for pk in near.through if pk in people]
        names = [friend.username for friend in through if friend.is_followed]
        if near.user_id in people and names:
            weight = len(names) / (len(names) + 2)
            told.append((near.user_id, Reason("followed_by", weight, users=names)))
    telling = [alike for alike in found.alike if _tells(people, alike.user_id)]
    best = max((alike.weight for alike in telling), default=1.0)
    for alike in telling:
        reason = Reason("alike", alike.weight / best, films=alike.films)
        told.append((alike.user_id, reason))
    for same in found.directors:
        if _tells(people, same.user_id):
            weight = len(same.names) / (len(same.names) + 3)
            reason = Reason("directors", weight, directors=same.names, films=same.films)
            told.append((same.user_id, reason))
    return told


def _tells(people: dict[int, Person], user_id: int) -> bool:
    return user_id in people and people[user_id].tells
