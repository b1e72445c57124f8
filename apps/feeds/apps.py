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
        serve(Destination("feeds", "feeds", "apps.feeds.projectors", remains="apps.feeds.remains"))
        announce(Projection("feeds", "apps.feeds.rebuild.rebuild"))
        health.register(health.Probe("feeds", _ping))


def _ping() -> None:
    from apps.feeds.timeline import get_timelines

    get_timelines().ping()
