"""How the sync state looks."""

from rest_framework import serializers


class DestinationOutput(serializers.Serializer[object]):
    """How far one store is behind Postgres."""

    destination = serializers.CharField()
    depth = serializers.IntegerField(help_text="Messages that wait.")
    oldest_seconds = serializers.FloatField(help_text="Age of the oldest one; the store's lag.")
    dead_letters = serializers.IntegerField(help_text="Keys that were parked after errors.")
    circuit_open = serializers.BooleanField(help_text="The store was last seen not to answer.")


class SyncStatusOutput(serializers.Serializer[object]):
    """All stores."""

    destinations = DestinationOutput(many=True)
