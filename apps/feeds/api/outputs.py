"""How a feed looks."""

from typing import Any

from rest_framework import serializers

from apps.movies.selectors.activity import Kind
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


class FeedOutput(serializers.Serializer[object]):
    """A page of the feed."""

    items = ActivityOutput(many=True)
    next = serializers.CharField(
        allow_null=True,
        help_text="The cursor of the next page. A page may have fewer items than asked for and "
        "yet a next one.",
    )
    unread = serializers.IntegerField(
        allow_null=True, help_text="Up to 100, and 100 means or more; on the first page alone."
    )
    degraded = serializers.ListField(
        child=serializers.CharField(), help_text="Stores that did not answer."
    )


class SeenOutput(serializers.Serializer[object]):
    """Up to when the feed was seen."""

    seen_at = serializers.DateTimeField()


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
