"""`manage.py rebuild graph|vectors|feeds`: bring a store to what Postgres says, while it serves."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import CinemeshError
from apps.consistency.rebuilding import editions_of, rebuild
from apps.outbox import generations
from apps.outbox.progress import ProgressBars
from apps.outbox.projections import Projection, all_projections


class Command(BaseCommand):
    """Rebuild projections from Postgres; steps between the generations of those that have them."""

    help = (
        "Rebuild projections from Postgres while they serve. The vectors are built anew beside "
        "the living ones, which are kept in step afterwards until --finalise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which projections, and which step."""
        parser.add_argument("names", nargs="+", help="graph, vectors, feeds, ... or all")
        parser.add_argument(
            "--in-place", action="store_true", help="write over what serves; makes no generation"
        )
        parser.add_argument(
            "--model", default="", help="vectors: the embedding model of the new generation"
        )
        step = parser.add_mutually_exclusive_group()
        step.add_argument(
            "--rollback", action="store_true", help="let the previous generation serve again"
        )
        step.add_argument(
            "--finalise", action="store_true", help="delete the previous generation; asks first"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Each named projection in turn."""
        for projection in _named(options["names"]):
            try:
                done = self._do(projection, options)
            except CinemeshError as error:
                raise CommandError(f"{projection.name}: {error.detail}") from error
            self.stdout.write(f"{projection.name}: {done}")

    def _do(self, projection: Projection, options: dict[str, Any]) -> str:
        if options["rollback"] or options["finalise"]:
            return self._step(projection, options)
        if options["in_place"]:
            projection.rebuild(ProgressBars())
            return "rebuilt in place"
        if options["model"] and not projection.editions:
            raise CommandError(f"{projection.name} has no embedding model.")
        return rebuild(projection, ProgressBars(), variant=options["model"])

    def _step(self, projection: Projection, options: dict[str, Any]) -> str:
        if not projection.editions:
            raise CommandError(f"{projection.name} has no generations: it is rebuilt in place.")
        editions = editions_of(projection)
        if options["rollback"]:
            return f"{generations.roll_back(projection.name, editions)} serves again"
        if not options["yes"] and input("There is no way back then. Go on? [y/N] ") != "y":
            raise CommandError("Nothing was done.")
        generations.finalise(projection.name, editions)
        return "the previous generation is gone"


def _named(names: list[str]) -> list[Projection]:
    known = {projection.name: projection for projection in all_projections()}
    if names == ["all"]:
        return list(known.values())
    if unknown := sorted(set(names) - known.keys()):
        raise CommandError(f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}, all.")
    return [known[name] for name in names]
