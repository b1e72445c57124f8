"""Activities as people see them: with names, and only what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import BooleanField, ExpressionWrapper

from apps.common.compiled import Compiled, compiled, given, given_ids
from apps.movies.selectors.activity import Fact, Kind, Position, newest_of
from apps.users.models import User
from apps.users.selectors import Profile, unmuted, visible_opinions, visible_people

FURTHER = 400
"""Activities that are looked through at once when a page did not fill."""


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


def activities_of(
    member: Profile, viewer_id: int | None, *, before: Position | None, limit: int
) -> list[Activity]:
    """What a member did, as far as the viewer may see it, newest first, one more than `limit`.

    The look goes on until there are so many, or no more: a page that hidden activities left short
    would tell of them.
    """
    shown: list[Activity] = []
    look = limit + 1
    while len(shown) <= limit:
        facts = newest_of(
            [member.user.pk], before=before, with_ratings=member.shows_ratings, limit=look
        )
        shown += visible_activities(viewer_id, facts)
        if len(facts) < look:
            break
        before, look = facts[-1].position, FURTHER
    return shown[: limit + 1]


def visible_activities(
    viewer_id: int | None, facts: Sequence[Fact], *, unasked: bool = False
) -> list[Activity]:
    """Those of these facts that the viewer may see, in the same order. One query.

    Everybody in an activity must be visible: who did it, and whom it is about. What comes
    `unasked` must be about nobody whom the viewer has muted.
    """
    named = {pk for fact in facts for pk in _named(fact)}
    people, raters = _people(viewer_id, named, unasked=unasked)
    return [
        _activity(fact, people)
        for fact in facts
        if people.keys() >= set(_named(fact))
        and (fact.kind != Kind.RATING or fact.actor_id in raters)
    ]


def _named(fact: Fact) -> tuple[int, ...]:
    return (fact.actor_id, fact.object_id) if fact.kind == Kind.FOLLOW else (fact.actor_id,)


def _people(
    viewer_id: int | None, user_ids: set[int], *, unasked: bool
) -> tuple[dict[int, ActivityPerson], set[int]]:
    """Those of these members whom the viewer may see, and of them those whose ratings they may."""
    query = _visible(is_anonymous=viewer_id is None, unasked=unasked)
    rows = query.rows(viewer_id=viewer_id, user_ids=list(user_ids))
    people = {pk: ActivityPerson(username, name) for pk, username, name, _ in rows}
    return people, {pk for pk, *_, shows in rows if shows}


@cache
def _visible(*, is_anonymous: bool, unasked: bool) -> Compiled:
    viewer = None if is_anonymous else given("viewer_id")
    rows = User.objects.filter(visible_people(viewer), pk__in=given_ids("user_ids"))
    if unasked:
        rows = rows.filter(unmuted(viewer))
    shows_ratings = visible_opinions(viewer, "ratings", user="pk")
    rows = rows.annotate(shows_ratings=ExpressionWrapper(shows_ratings, BooleanField()))
    return compiled(rows.values_list("pk", "username", "display_name", "shows_ratings"))


def _activity(fact: Fact, people: dict[int, ActivityPerson]) -> Activity:
    actor = people[fact.actor_id]
    if fact.kind == Kind.FOLLOW:
        return Activity(fact.position, fact.kind, actor, user=people[fact.object_id])
    movie = ActivityMovie(fact.object_id, fact.title or "", fact.year)
    stars = fact.half_stars / 2 if fact.half_stars else None
    return Activity(fact.position, fact.kind, actor, movie=movie, stars=stars)
