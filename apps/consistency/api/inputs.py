"""What operators send about the checker."""

from rest_framework import serializers

from apps.common.api.inputs import Input


class RunInput(Input):
    """What a run shall do."""

    repair = serializers.BooleanField(
        default=False, help_text="Publish what drifted, for the relay to bring."
    )
