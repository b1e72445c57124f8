"""Activities as people see them: with names, and only what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.movies.selectors.activity import Fact, Kind, Position
from apps.users.models import User
from apps.users.selectors import unmuted, visible_opinions, visible_people


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
    people, raters = _people(viewer_id, allowed, {pk for fact in facts for pk in _named(fact)})
    return [
        _activity(fact, people)
        for fact in facts
        if people.keys() >= set(_named(fact))
        and (fact.kind != Kind.RATING or fact.actor_id in raters)
    ]


def _named(fact: Fact) -> tuple[int, ...]:
    return (fact.actor_id, fact.object_id) if fact.kind == Kind.FOLLOW else (fact.actor_id,)


def _people(
    viewer_id: int | None, allowed: Q, user_ids: set[int]
) -> tuple[dict[int, ActivityPerson], set[int]]:
    """The allowed among these members, and those of them whose ratings the viewer may see."""
    shows_ratings = visible_opinions(viewer_id, "ratings", user="pk")
    rows = (
        User.objects.filter(allowed, pk__in=user_ids)
        .annotate(shows_ratings=ExpressionWrapper(shows_ratings, BooleanField()))
        .values_list("pk", "username", "display_name", "shows_ratings")
    )
    people = {pk: ActivityPerson(username, name) for pk, username, name, _ in rows}
    return people, {pk for pk, *_, shows in rows if shows}


def _activity(fact: Fact, people: dict[int, ActivityPerson]) -> Activity:
    actor = people[fact.actor_id]
    if fact.kind == Kind.FOLLOW:
        return Activity(fact.position, fact.kind, actor, user=people[fact.object_id])
    movie = ActivityMovie(fact.object_id, fact.title or "", fact.year)
    stars = fact.half_stars / 2 if fact.half_stars else None
    return Activity(fact.position, fact.kind, actor, movie=movie, stars=stars)
