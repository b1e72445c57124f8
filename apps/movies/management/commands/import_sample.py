"""`manage.py import_sample`: the sample catalogue into Postgres, then into the other stores."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.movies.importers.checksums import SampleError
from apps.movies.importers.sample import SHIPPED_DATA, import_sample
from apps.outbox.progress import ProgressBars
from apps.outbox.projections import all_projections


class Command(BaseCommand):
    """Import the sample; again completes what is missing and changes nothing else."""

    help = "Import the sample catalogue with its raters, then rebuild the other stores from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the data is, and what to leave out."""
        parser.add_argument(
            "--data", type=Path, default=SHIPPED_DATA, help="a folder like data/sample"
        )
        parser.add_argument(
            "--films-only", action="store_true", help="films/ alone: nothing of MovieLens"
        )
        parser.add_argument(
            "--no-projections", action="store_true", help="Postgres alone; rebuild later"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, report, rebuild."""
        folder = Path(options["data"])
        self.stdout.write(f"Importing {folder}")
        try:
            report = import_sample(folder, ProgressBars(), films_only=options["films_only"])
        except SampleError as error:
            raise CommandError(str(error)) from None
        for line in report.lines():
            self.stdout.write(line)
        if options["no_projections"]:
            self.stdout.write("The other stores know nothing of it until `manage.py rebuild all`.")
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        for projection in all_projections():
            started = time.monotonic()
            projection.rebuild(ProgressBars())
            seconds = time.monotonic() - started
            self.stdout.write(f"{projection.name}: rebuilt in {seconds:.1f} s")
