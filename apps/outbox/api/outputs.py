"""How the sync state and dead letters look."""

from typing import Any

from rest_framework import serializers

from apps.outbox.models import Failure


class DestinationOutput(serializers.Serializer[object]):
    """How far one store is behind Postgres."""

    destination = serializers.CharField()
    depth = serializers.IntegerField(help_text="Messages that wait.")
    oldest_seconds = serializers.FloatField(help_text="Age of the oldest one; the store's lag.")
    dead_letters = serializers.IntegerField(help_text="Keys that were parked after errors.")
    circuit_open = serializers.BooleanField(help_text="The store was last seen not to answer.")
    applied = serializers.IntegerField(help_text="Messages that were ever applied.")
    coalesced = serializers.IntegerField(
        help_text="Those of them that shared one write with another message of the same key."
    )
    advice = serializers.CharField(help_text="What an operator must do now; empty when nothing.")


class SyncStatusOutput(serializers.Serializer[object]):
    """All stores."""

    destinations = DestinationOutput(many=True)


class DeadLetterOutput(serializers.Serializer[Failure]):
    """A fact that a store refused until it was parked."""

    id = serializers.IntegerField()
    destination = serializers.CharField()
    topic = serializers.CharField()
    key = serializers.CharField(help_text="The ids of the fact, separated by colons.")
    error_class = serializers.CharField()
    error = serializers.CharField()
    attempts = serializers.IntegerField(help_text="How often the store refused it.")
    crashes = serializers.IntegerField(help_text="How often a worker died of it.")
    first_failed_at = serializers.DateTimeField()
    last_failed_at = serializers.DateTimeField()
    parked_at = serializers.DateTimeField()


class DeadLetterPageOutput(serializers.Serializer[Failure]):
    """A page of dead letters."""

    items = DeadLetterOutput(many=True)
    next = serializers.CharField(allow_null=True)


class ReplayedOutput(serializers.Serializer[object]):
    """How many dead letters are tried again."""

    replayed = serializers.IntegerField()


def dead_letter(parked: Failure) -> dict[str, Any]:
    """DeadLetterOutput."""
    return {name: getattr(parked, name) for name in DeadLetterOutput().get_fields()}
