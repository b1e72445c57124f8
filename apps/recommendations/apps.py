"""Recommendations and similar films: reads all stores, owns none."""

from django.apps import AppConfig

from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class RecommendationsConfig(AppConfig):
    """The pipeline, and the film statistics that it keeps."""

    name = "apps.recommendations"

    def ready(self) -> None:
        """Announce the destination; its store is Postgres."""
        from apps.recommendations import projectors, statistics  # noqa: F401

        serve(Destination("recommendations", store="postgres", batch=1000))
        announce(Projection("recommendations", lambda: None, statistics.rebuild))
