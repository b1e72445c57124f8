"""`manage.py dead_letters`: what stores refused; try it again, or give it up."""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.forms.models import model_to_dict

from apps.outbox import selectors
from apps.outbox.dead_letters import discard_dead_letters, replay_dead_letters
from apps.outbox.errors import NoSuchDeadLetter
from apps.outbox.models import Failure


class Command(BaseCommand):
    """List, show, replay or discard dead letters."""

    help = "Dead letters: list, show ID, replay, discard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb, and what it is about."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="what is parked, newest first")
        listing.add_argument("--json", action="store_true", help="one JSON object a line")
        listing.add_argument("--topic", default="")
        show = verbs.add_parser("show", help="one, with the error in full")
        show.add_argument("ids", nargs=1, type=int, metavar="ID")
        replay = verbs.add_parser("replay", help="deliver again, with fresh attempts")
        replay.add_argument("ids", nargs="*", type=int, metavar="ID")
        discard = verbs.add_parser("discard", help="leave the store as it is, for a reason")
        discard.add_argument("ids", nargs="+", type=int, metavar="ID")
        discard.add_argument("--reason", required=True)
        discard.add_argument("--yes", action="store_true", help="do not ask")
        for verb in (listing, replay):
            verb.add_argument("--destination", default="")
            verb.add_argument("--error-class", default="")
        for verb in (replay, discard):
            verb.add_argument("--dry-run", action="store_true", help="only say which")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        verbs: dict[str, Callable[[Namespace], None]] = {
            "list": self._list,
            "show": self._show,
            "replay": self._replay,
            "discard": self._discard,
        }
        verbs[options["verb"]](Namespace(**options))

    def _list(self, given: Namespace) -> None:
        found = selectors.dead_letters(
            destination=given.destination, topic=given.topic, error_class=given.error_class
        )
        for parked in found.iterator():
            self.stdout.write(_as_json(parked) if given.json else f"{parked.pk}  {parked}")

    def _show(self, given: Namespace) -> None:
        try:
            parked = selectors.dead_letter(*given.ids)
        except NoSuchDeadLetter as error:
            raise CommandError(error.detail) from error
        for name, value in model_to_dict(parked).items():
            self.stdout.write(f"{name}: {value}")

    def _replay(self, given: Namespace) -> None:
        if not (given.ids or given.destination or given.error_class):
            raise CommandError("Name ids, --destination or --error-class.")
        ids = self._chosen(given, destination=given.destination, error_class=given.error_class)
        if not given.dry_run:
            done = replay_dead_letters(ids=ids, by=_who())
            self.stdout.write(f"{done} dead letters are tried again")

    def _discard(self, given: Namespace) -> None:
        ids = self._chosen(given)
        if given.dry_run:
            return
        if not given.yes and input(f"Discard {len(ids)} dead letters? [y/N] ") != "y":
            raise CommandError("Nothing was discarded.")
        done = discard_dead_letters(ids=ids, by=_who(), reason=given.reason)
        self.stdout.write(f"{done} dead letters are discarded")

    def _chosen(self, given: Namespace, **wanted: str) -> list[int]:
        """The ids of what is parked and wanted; CommandError when a named one is not."""
        found = selectors.dead_letters(**wanted)
        if given.ids:
            found = found.filter(pk__in=given.ids)
            if missing := sorted(set(given.ids) - set(found.values_list("pk", flat=True))):
                raise CommandError(f"No such dead letters: {', '.join(map(str, missing))}.")
        if given.dry_run:
            for parked in found.iterator():
                self.stdout.write(f"{parked.pk}  {parked}")
        return list(found.values_list("pk", flat=True))


def _as_json(parked: Failure) -> str:
    return json.dumps(model_to_dict(parked), default=str)


def _who() -> str:
    return f"shell, uid {os.getuid()}"
