"""Activities as people see them: with names, and only what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from apps.movies.selectors.activity import Fact, Kind, Position
from apps.users.models import User
from apps.users.selectors import unmuted, visible_people


@dataclass(frozen=True)
class ActivityPerson:
    """Someone in an activity."""

    username: str
    display_name: str


@dataclass(frozen=True)
class ActivityMovie:
    """The film of an activity."""

    id: int
    title: str
    year: int | None


@dataclass(frozen=True)
class Activity:
    """What someone did: `movie` and `stars` of a rating, `user` of a follow."""

    position: Position
    kind: Kind
    actor: ActivityPerson
    movie: ActivityMovie | None = None
    stars: float | None = None
    user: ActivityPerson | None = None


def visible_activities(
    viewer_id: int | None, facts: Sequence[Fact], *, unasked: bool = False
) -> list[Activity]:
    """Those of these facts that the viewer may see, in the same order. One query.

    Everybody in an activity must be visible: who did it, and whom it is about. What comes
    `unasked` must be about nobody whom the viewer has muted.
    """
    allowed = visible_people(viewer_id) & (unmuted(viewer_id) if unasked else Q())
    people = _people(allowed, {user_id for fact in facts for user_id in _named(fact)})
    seen = [fact for fact in facts if all(user_id in people for user_id in _named(fact))]
    return [_activity(fact, people) for fact in seen]


def _named(fact: Fact) -> tuple[int, ...]:
    return (fact.actor_id, fact.object_id) if fact.kind == Kind.FOLLOW else (fact.actor_id,)


def _people(allowed: Q, user_ids: set[int]) -> dict[int, ActivityPerson]:
    if not user_ids:
        return {}
    rows = User.objects.filter(allowed, pk__in=user_ids)
    names = rows.values_list("pk", "username", "display_name")
    return {pk: ActivityPerson(username, display_name) for pk, username, display_name in names}


def _activity(fact: Fact, people: dict[int, ActivityPerson]) -> Activity:
    actor = people[fact.actor_id]
    if fact.kind == Kind.FOLLOW:
        return Activity(fact.position, fact.kind, actor, user=people[fact.object_id])
    movie = ActivityMovie(fact.object_id, fact.title or "", fact.year)
    stars = fact.half_stars / 2 if fact.half_stars else None
    return Activity(fact.position, fact.kind, actor, movie=movie, stars=stars)
