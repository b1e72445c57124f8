"""How what members did looks, in feeds and on profiles; a position as a cursor."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from apps.common.api.pagination import encode_cursor
from apps.movies.selectors.activity import Kind, Position
from apps.movies.selectors.activity_details import Activity, ActivityPerson


class ActivityPersonOutput(serializers.Serializer[object]):
    """Someone in an activity."""

    username = serializers.CharField()
    display_name = serializers.CharField()


class ActivityMovieOutput(serializers.Serializer[object]):
    """The film of an activity."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)


class ActivityOutput(serializers.Serializer[object]):
    """What someone did. A rating has `movie` and `stars`, a follow has `user`."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    at = serializers.DateTimeField(help_text="When it happened first; a change does not move it.")
    actor = ActivityPersonOutput()
    movie = ActivityMovieOutput(allow_null=True)
    stars = serializers.FloatField(allow_null=True)
    user = ActivityPersonOutput(allow_null=True)


class ActivityPageOutput(serializers.Serializer[object]):
    """A page of what a member did."""

    items = ActivityOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")


def cursor_of(listing: str, position: Position | None) -> str | None:
    """The cursor of what stands below a position."""
    return encode_cursor(listing, (position.at, position.entry)) if position else None


def position_of(cursor: Sequence[Any] | None) -> Position | None:
    """Where a decoded cursor goes on."""
    return Position(*cursor) if cursor else None


def activity(done: Activity) -> dict[str, Any]:
    """The body of `ActivityOutput`."""
    movie = done.movie
    return {
        "kind": done.kind.value,
        "at": done.position.moment,
        "actor": _person(done.actor),
        "movie": movie and {"id": movie.id, "title": movie.title, "year": movie.year},
        "stars": done.stars,
        "user": done.user and _person(done.user),
    }


def _person(person: ActivityPerson) -> dict[str, str]:
    return {"username": person.username, "display_name": person.display_name}
