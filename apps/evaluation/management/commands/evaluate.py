"""`manage.py evaluate`: one report on how good the recommendations are."""

import shutil
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

from apps.common.errors import CinemeshError
from apps.evaluation.splits import PARTS
from apps.vectors.embedding import cache_path

PATIENCE_SECONDS = 60.0
"""How long a store may take to answer: what it says is measured, not when."""


class Command(BaseCommand):
    """Measure, and write the report."""

    help = (
        "Measure the pipeline that serves, each of its sources alone and plain baselines, on a "
        "MovieLens data set. Starts stores of its own, filled with what a split lets be known."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure, and on what."""
        parser.add_argument("--data", type=Path, help="a MovieLens folder; without it the sample")
        parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts")
        parser.add_argument(
            "--second-last",
            action="store_true",
            help="hold out each person's second-last rating, not the last: to choose settings by",
        )
        parser.add_argument("--people", type=_some, default=sys.maxsize, help="test so many people")
        parser.add_argument(
            "--out", type=Path, default=Path("var/evaluation"), help="folder of the report"
        )
        parser.add_argument(
            "--here", action="store_true", help="fill the stores that the environment names"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """On stores of its own, or here."""
        if not options["here"]:
            elsewhere = [sys.executable, "-m", "infra.evaluation", *sys.argv[2:]]
            raise SystemExit(subprocess.run(elsewhere, check=False).returncode)
        with override_settings(
            STORE_READ_SECONDS=PATIENCE_SECONDS, ROOT=_own_cache(options["out"])
        ):
            self._measure(options)

    def _measure(self, options: dict[str, Any]) -> None:
        try:
            from apps.evaluation import report, runs
        except ImportError as error:
            raise CommandError(
                f"{error.name} is missing: the extra `evaluation` brings it."
            ) from error
        nth = 2 if options["second_last"] else 1
        try:
            told = runs.evaluate(
                options["data"], options["only"], nth=nth, people=options["people"]
            )
        except CinemeshError as error:
            raise CommandError(error.detail) from error
        for line in report.as_text(told):
            self.stdout.write(line)
        for path in report.write(told, options["out"]):
            self.stdout.write(f"written: {path}")


def _some(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text} is no number of people from 1")
    return int(text)


def _own_cache(out: Path) -> Path:
    """A root with its own copy of the cached vectors, for the texts that only an evaluation has.

    It stays there: what was embedded once, half an hour's work, is not embedded again.
    """
    shipped = cache_path().parent
    with override_settings(ROOT=out):
        own = cache_path().parent
    if not own.exists():
        shutil.copytree(shipped, own)
    return out
