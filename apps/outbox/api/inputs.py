"""What operators send about dead letters."""

from typing import Any, ClassVar

from rest_framework import serializers

from apps.common.api.fields import TextField
from apps.common.api.inputs import Input
from apps.common.api.pagination import PageInput


class DeadLettersInput(PageInput):
    """`?destination=&topic=&error_class=` and the page."""

    destination = serializers.CharField(required=False, max_length=100)
    topic = serializers.CharField(required=False, max_length=100)
    error_class = serializers.CharField(required=False, max_length=200)


class ReplayInput(Input):
    """Which dead letters to try again; both given: those that fit both."""

    destination = TextField(required=False, max_length=100)
    error_class = TextField(required=False, max_length=200)
    together: ClassVar = {"minProperties": 1}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Everything at once must not be an accident."""
        if not attrs:
            raise serializers.ValidationError("Give a destination, an error_class, or both.")
        return attrs


class DiscardInput(Input):
    """Why the fact is given up."""

    reason = TextField(max_length=1000)
