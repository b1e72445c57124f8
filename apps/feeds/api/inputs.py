"""What clients send about their feed."""

from rest_framework import serializers

from apps.common.api.inputs import Input


class SeenInput(Input):
    """Up to when the feed was seen: the `at` of the newest item shown; now when left out."""

    at = serializers.DateTimeField(required=False)
