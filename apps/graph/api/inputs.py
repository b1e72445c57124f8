"""What clients ask of the graph."""

from rest_framework import serializers

from apps.common.api.inputs import Input


class SuggestionsInput(Input):
    """`?limit=&with_samples=`: 1 to 100, 20 by default."""

    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)
    with_samples = serializers.BooleanField(
        default=False, help_text="Whether members of the sample catalogue come as well."
    )
