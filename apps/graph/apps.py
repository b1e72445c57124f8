"""Neo4j: follows, likes, and who made what."""

from django.apps import AppConfig

from apps.common import health
from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class GraphConfig(AppConfig):
    """A projection of Postgres that can be made anew at any time."""

    name = "apps.graph"

    def ready(self) -> None:
        """Announce the destination `graph`, its schema and rebuild, and how to tell that it lives.

        Nothing connects or loads the driver here: a process that never asks the graph does neither.
        """
        serve(
            Destination(
                "graph", "graph", "apps.graph.projectors", batch=1000, remains="apps.graph.remains"
            )
        )
        announce(
            Projection("graph", "apps.graph.rebuild.rebuild", "apps.graph.schema.ensure_schema")
        )
        health.register(health.Probe("graph", _ping))


def _ping() -> None:
    from apps.graph.driver import get_bolt

    get_bolt().ping()
