"""How a feed looks."""

from rest_framework import serializers

from apps.movies.api.activities import ActivityOutput


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
