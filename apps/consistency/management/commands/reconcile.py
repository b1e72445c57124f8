"""`manage.py reconcile`: does every store hold what Postgres says?"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.consistency.comparison import Comparison
from apps.consistency.owners import Fact
from apps.consistency.reconciling import reconcile
from apps.consistency.runs import report_of
from apps.consistency.traces import traces

ROW = "{:<16} {:<16} {:>9} {:>9}  {:<16}  {}"


class Command(BaseCommand):
    """Compare each store with Postgres, and mend what differs when told to."""

    help = (
        "Compare each store with Postgres by counts and content hashes read from the stores. "
        "What is on its way is no drift."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do with drift, and how to print."""
        parser.add_argument(
            "--repair", action="store_true", help="publish what drifted, for the relay to bring"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument("--store", action="append", help="one store's kinds; may be repeated")
        parser.add_argument(
            "--receipt", type=UUID, help="search every store for the member of this receipt instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """A row per kind; exit 1 while there is drift."""
        json_wanted: bool = options["json"]
        if options["receipt"]:
            self._search(options["receipt"], json_wanted=json_wanted)
            return
        if not json_wanted:
            self.stdout.write(ROW.format("kind", "store", "Postgres", "store", "hash", "verdict"))
        found = []
        for row in reconcile(repair=options["repair"], stores=options["store"] or (), watch=_bar):
            found.append(row)
            if not json_wanted:
                self.stdout.write(_told(row))
        report = report_of(found)
        if json_wanted:
            self.stdout.write(json.dumps(report))
        drift, published = report["drift"], report["messages_published"]
        if drift and options["repair"]:
            self.stderr.write(f"{drift} facts had drifted; {published} messages will mend them.")
        elif drift:
            raise CommandError(f"{drift} facts drifted. To mend them: manage.py reconcile --repair")

    def _search(self, receipt: UUID, *, json_wanted: bool) -> None:
        """A row per place; exit 1 when one of them names the member."""
        found = traces(receipt)
        if found is None:
            raise CommandError("There is no receipt with this number.")
        if json_wanted:
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.writelines(f"{place:<44} {count}\n" for place, count in found.items())
        if any(found.values()):
            raise CommandError("The member of this receipt is not erased everywhere.")


def _bar(side: str, facts: Iterator[Fact]) -> Iterable[Fact]:
    """Shown on a terminal only."""
    shown: Iterable[Fact] = tqdm(
        facts, desc=side, unit=" facts", leave=False, disable=not sys.stderr.isatty()
    )
    return shown


def _told(row: Comparison) -> str:
    parts = [f"{count} {fault}" for fault, count in sorted(row.drift.items())]
    parts += [f"{count} {reason}" for reason, count in sorted(row.explained.items())]
    verdict = ", ".join(parts) or "equal"
    if row.drift:
        drifted = [found.key for found in row.examples if not found.reason]
        verdict = f"DRIFT: {verdict}, e.g. {' '.join(drifted[:3])}"
    return ROW.format(row.kind, row.store, row.expected, row.found, row.found_hash, verdict)
