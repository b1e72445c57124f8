"""`manage.py after_restore`: after Postgres was restored from a backup, before anyone is let in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import CinemeshError
from apps.consistency.rebuilding import rebuild
from apps.outbox.progress import ProgressBars
from apps.outbox.projections import all_projections
from apps.outbox.restoring import begin_epoch, found_in_stores
from apps.users.actions import end_every_session


class Command(BaseCommand):
    """Put new fences and ids above the stores', sign everyone out, rebuild all stores."""

    help = (
        "To be run once Postgres was restored from a backup, with the web server stopped. The "
        "stores hold what Postgres has lost: this makes them follow it again. May be run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to ask, and whether to do anything."""
        parser.add_argument("--dry-run", action="store_true", help="only show what the stores hold")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the stores, ask the operator, then do it."""
        try:
            found = found_in_stores()
            for store, fence in found.fences.items():
                self.stdout.write(f"{store}: highest fence {fence}")
            for table, number in found.ids.items():
                self.stdout.write(f"{table}: highest id {number}")
            if not options["dry_run"]:
                self._confirm(asks=not options["yes"])
                self.stdout.write(f"epoch {begin_epoch(found)}")
                self.stdout.write(f"{end_every_session()} sessions ended")
                for projection in all_projections():
                    done = rebuild(projection, ProgressBars())
                    self.stdout.write(f"{projection.name}: {done}")
        except CinemeshError as error:
            raise CommandError(error.detail) from error

    def _confirm(self, *, asks: bool) -> None:
        question = "Everyone is signed out and all stores are rebuilt. Go on? [y/N] "
        if asks and input(question) != "y":
            raise CommandError("Nothing was done.")
