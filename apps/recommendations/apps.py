"""Recommendations and similar films: reads all stores, owns none."""

from django.apps import AppConfig

from apps.outbox.projections import Projection, announce
from apps.outbox.registry import Destination, serve


class RecommendationsConfig(AppConfig):
    """The pipeline, and the film statistics that it keeps."""

    name = "apps.recommendations"

    def ready(self) -> None:
        """Announce the destination; its store is Postgres."""
        serve(Destination("recommendations", "postgres", "apps.recommendations.projectors", 1000))
        announce(Projection("recommendations", "apps.recommendations.statistics.rebuild"))
