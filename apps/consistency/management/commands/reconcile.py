"""`manage.py reconcile`: does every store hold what Postgres says?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.consistency.report import Comparison, compare_all, messages_in_flight

ROW = "{:<16} {:<16} {:>9} {:>9}  {:<16}  {}"


class Command(BaseCommand):
    """Count and hash every kind of fact in Postgres and in its store."""

    help = "Compare each store with Postgres, by counts and content hashes read from the stores."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How to print."""
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """A row per kind; exit 1 when a store differs."""
        as_json: bool = options["json"]
        if not as_json:
            self.stdout.write(ROW.format("kind", "store", "Postgres", "store", "hash", "verdict"))
        rows = []
        for row in compare_all():
            rows.append(row)
            if not as_json:
                self.stdout.write(_told(row))
        pending = messages_in_flight()
        if as_json:
            body = [{**asdict(row), "equal": row.equal} for row in rows]
            self.stdout.write(json.dumps({"kinds": body, "messages_in_flight": pending}))
        if not all(row.equal for row in rows):
            flight = f" {pending} messages are in flight." if pending else ""
            raise CommandError(f"The stores differ from Postgres.{flight}")


def _told(row: Comparison) -> str:
    verdict = "equal" if row.equal else f"DIFFERS, e.g. {', '.join(row.examples[:5])}"
    return ROW.format(row.kind, row.store, row.expected, row.found, row.found_hash, verdict)
