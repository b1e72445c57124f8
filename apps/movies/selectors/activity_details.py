"""Activities as people see them: what stands at a position, if it is true and may be seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, SmallIntegerField, Value
from django.db.models.expressions import RawSQL

from apps.movies.models import Rating
from apps.movies.selectors.activity import Kind, Position, by_kind, entry_of
from apps.users.models import Follow
from apps.users.selectors import visible_people

RATING_IDS = """
SELECT rating.id FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (actor_id, object_id)
JOIN movies_rating AS rating
    ON rating.user_id = wanted.actor_id AND rating.movie_id = wanted.object_id
"""

FOLLOW_IDS = """
SELECT follow.id FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (actor_id, object_id)
JOIN users_follow AS follow
    ON follow.follower_id = wanted.actor_id AND follow.followee_id = wanted.object_id
WHERE follow.state = 'accepted'
"""


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
    viewer_id: int | None, positions: Iterable[Position], *, of_followees: bool = False
) -> list[Activity]:
    """What stands at these positions, newest first, as far as it is true and may be seen.

    One query. An activity that has another time by now is left out, and so is one that names
    somebody whom the viewer may not see; with `of_followees`, so is anyone not followed.
    """
    wanted = set(positions)
    if not wanted:
        return []
    parts = [position.entry.split(":") for position in wanted]
    actors, objects = by_kind((Kind(kind), int(a), int(o)) for kind, a, o in parts)
    ratings = _visible_ratings(viewer_id, actors[Kind.RATING], objects[Kind.RATING])
    follows = _visible_follows(viewer_id, actors[Kind.FOLLOW], objects[Kind.FOLLOW])
    if of_followees:
        ratings = ratings.filter(_followed_by(viewer_id, "user"))
        follows = follows.filter(_followed_by(viewer_id, "follower"))
    rows = _rating_rows(ratings).union(_follow_rows(follows), all=True)
    found = [_activity(row) for row in rows]
    shown = [activity for activity in found if activity.position in wanted]
    return sorted(shown, key=lambda activity: activity.position, reverse=True)


def _visible_ratings(
    viewer_id: int | None, actors: Sequence[int], objects: Sequence[int]
) -> QuerySet[Rating]:
    return Rating.objects.filter(
        visible_people(viewer_id, user="user"), pk__in=RawSQL(RATING_IDS, [actors, objects])
    )


def _visible_follows(
    viewer_id: int | None, actors: Sequence[int], objects: Sequence[int]
) -> QuerySet[Follow]:
    return Follow.objects.filter(
        visible_people(viewer_id, user="follower"),
        visible_people(viewer_id, user="followee"),
        pk__in=RawSQL(FOLLOW_IDS, [actors, objects]),
    )


def _followed_by(viewer_id: int | None, user: str) -> Exists:
    return Exists(
        Follow.objects.filter(
            follower=viewer_id, followee=OuterRef(f"{user}_id"), state=Follow.State.ACCEPTED
        )
    )


def _rating_rows(ratings: QuerySet[Rating]) -> QuerySet[Any, tuple[Any, ...]]:
    return ratings.values_list(
        Value(Kind.RATING.value, output_field=CharField()),
        F("rated_at"),
        F("user_id"),
        F("user__username"),
        F("user__display_name"),
        F("movie_id"),
        F("movie__title"),
        Value("", output_field=CharField()),
        F("movie__year"),
        F("half_stars"),
    )


def _follow_rows(follows: QuerySet[Follow]) -> QuerySet[Any, tuple[Any, ...]]:
    return follows.values_list(
        Value(Kind.FOLLOW.value, output_field=CharField()),
        F("since"),
        F("follower_id"),
        F("follower__username"),
        F("follower__display_name"),
        F("followee_id"),
        F("followee__username"),
        F("followee__display_name"),
        Value(None, output_field=SmallIntegerField()),
        Value(None, output_field=SmallIntegerField()),
    )


def _activity(row: Sequence[Any]) -> Activity:
    kind, at, actor_id, username, name, object_id, title, display_name, year, half_stars = row
    position = Position.of(at, entry_of(Kind(kind), actor_id, object_id))
    actor = ActivityPerson(username, name)
    if kind == Kind.FOLLOW:
        person = ActivityPerson(title, display_name)
        return Activity(position, Kind.FOLLOW, actor, user=person)
    movie = ActivityMovie(object_id, title, year)
    return Activity(position, Kind.RATING, actor, movie=movie, stars=half_stars / 2)
