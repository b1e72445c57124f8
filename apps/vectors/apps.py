"""Films and tastes as vectors: a rebuildable projection in Qdrant."""

from django.apps import AppConfig

from apps.common import health
from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class VectorsConfig(AppConfig):
    """The vector store, how it is filled, and what embeds texts for it."""

    name = "apps.vectors"

    def ready(self) -> None:
        """Announce the destination, the projection, and the probe of their store."""
        from apps.vectors import client, collections, projectors, rebuild  # noqa: F401

        health.register(health.Probe(client.STORE, client.ping))
        serve(Destination("vectors", store=client.STORE, batch=256))
        announce(Projection("vectors", collections.ensure_schema, rebuild.rebuild))
