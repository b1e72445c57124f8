"""What clients ask of the recommendations."""

from rest_framework import serializers

from apps.common.api.inputs import Input
from apps.common.ids import MAX_ID


class SlateInput(Input):
    """`?limit=`: 1 to 100, 20 by default."""

    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)


class FilmInput(Input):
    """`{"movie": 42}`."""

    movie = serializers.IntegerField(min_value=1, max_value=MAX_ID)
