"""`manage.py sync_schemas`: constraints in Neo4j, collections in Qdrant."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.outbox.projections import all_projections


class Command(BaseCommand):
    """Create what is missing in the other stores; changes nothing that is there."""

    help = "Create the constraints, indexes and collections that the other stores need."

    def handle(self, *args: Any, **options: Any) -> None:
        """Each projection in turn."""
        for projection in all_projections():
            projection.ensure_schema()
            self.stdout.write(f"{projection.name}: schema in place")
