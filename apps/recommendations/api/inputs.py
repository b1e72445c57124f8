"""What clients ask of the recommendations."""

from rest_framework import serializers

from apps.common.api.inputs import Input


class SlateInput(Input):
    """`?limit=`: 1 to 100, 20 by default."""

    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)
