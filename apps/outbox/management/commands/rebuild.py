"""`manage.py rebuild graph|vectors|feeds`: bring a store to what Postgres says."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.outbox.progress import ProgressBars
from apps.outbox.projections import all_projections, projection_named


class Command(BaseCommand):
    """Rebuild projections from Postgres while they serve."""

    help = "Rebuild a projection from Postgres."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which projections."""
        parser.add_argument("names", nargs="+", help="graph, vectors, feeds, ... or all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Each named projection in turn."""
        known = [projection.name for projection in all_projections()]
        names = known if options["names"] == ["all"] else options["names"]
        if unknown := sorted(set(names) - set(known)):
            raise CommandError(f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}, all.")
        for name in names:
            projection_named(name).rebuild(ProgressBars())
            self.stdout.write(f"{name}: rebuilt")
