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

        Nothing connects here: a process that never asks the graph never waits for it.
        """
        from apps.graph import driver, projectors, rebuild, schema  # noqa: F401 - registers

        serve(Destination("graph", store=driver.STORE, batch=1000))
        announce(Projection("graph", schema.ensure_schema, rebuild.rebuild))
        health.register(health.Probe(driver.STORE, lambda: driver.get_bolt().ping()))
