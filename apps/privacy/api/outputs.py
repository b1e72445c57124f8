"""How exports and departures look."""

from typing import Any

from rest_framework import serializers

from apps.privacy.models import Departure, Export


class ExportOutput(serializers.Serializer[Export]):
    """An export that is being made; a mail brings the link."""

    asked_at = serializers.DateTimeField()


class DepartureOutput(serializers.Serializer[Departure]):
    """You are leaving. Signing in before `erased_after` takes it back."""

    receipt = serializers.UUIDField()
    erased_after = serializers.DateTimeField()


def export(row: Export) -> dict[str, Any]:
    """The body of `ExportOutput`."""
    return {"asked_at": row.asked_at}


def departure(row: Departure) -> dict[str, Any]:
    """The body of `DepartureOutput`."""
    return {"receipt": row.pk, "erased_after": row.due_at}
