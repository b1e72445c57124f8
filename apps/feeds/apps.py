"""Home timelines."""

from django.apps import AppConfig

from apps.common import health
from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class FeedsConfig(AppConfig):
    """The timelines in Valkey and the feed that they serve."""

    name = "apps.feeds"

    def ready(self) -> None:
        """Announce the destination, its probe, and its rebuild; Valkey needs no schema."""
        from apps.feeds import projectors, rebuild  # noqa: F401
        from apps.feeds.timeline import get_timelines

        health.register(health.Probe("feeds", lambda: get_timelines().ping()))
        serve(Destination("feeds", store="feeds", batch=500))
        announce(Projection("feeds", lambda: None, rebuild.rebuild))
