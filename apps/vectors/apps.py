"""Films and tastes as vectors: a rebuildable projection in Qdrant."""

from django.apps import AppConfig

from apps.common import health
from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class VectorsConfig(AppConfig):
    """The vector store, how it is filled, and what embeds texts for it."""

    name = "apps.vectors"

    def ready(self) -> None:
        """Announce the destination, the projection, and the probe of their store.

        Nothing loads the client here: a process that never asks for vectors does not need it.
        """
        from apps.vectors import topics  # noqa: F401 - makes them known

        serve(
            Destination(
                "vectors",
                "vectors",
                "apps.vectors.projectors",
                batch=1024,
                remains="apps.vectors.remains",
            )
        )
        announce(
            Projection(
                "vectors",
                "apps.vectors.rebuild.rebuild",
                "apps.vectors.collections.ensure_schema",
                "apps.vectors.editions",
            )
        )
        health.register(health.Probe("vectors", _ping))


def _ping() -> None:
    from apps.vectors import client

    client.ping()
