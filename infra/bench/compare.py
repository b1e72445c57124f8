"""Compare: how long the checker takes for a million facts, and how much memory.

Its process is looked at from outside; what Django takes without it is measured first.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

from infra.bench.figures import Figure, report
from infra.bench.own_stack import own_stack
from infra.bench.synthetic import EDGES, add_crowd
from infra.embedded.layout import ROOT

CROWD = 520_000 // EDGES
"""With the sample's facts a million."""

LOOK_SECONDS = 0.02


def watched(command: Sequence[str]) -> tuple[str, float]:
    """What a command prints, and the most memory that its process had, in MB."""
    peak = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        seen = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.Error):
                peak = max(peak, seen.memory_info().rss)
            time.sleep(LOOK_SECONDS)
        assert process.stdout is not None
        return process.stdout.read(), peak / 1e6


def figures() -> list[Figure]:
    """Of one run of the checker over everything; it prints less than a pipe holds."""
    manage = [sys.executable, "manage.py"]
    _, django = watched([*manage, "version"])
    start = time.monotonic()
    told, whole = watched([*manage, "reconcile", "--json"])
    seconds = time.monotonic() - start
    found = json.loads(told)
    facts = sum(kind["expected"] for kind in found["kinds"])
    return [
        Figure("facts", facts, "", at_least=1_000_000),
        Figure("facts that differ", found["drift"], "", at_most=0),
        Figure("seconds", seconds, "s", at_most=120),
        Figure("peak memory beyond Django's", whole - django, "MB", at_most=300),
        Figure("peak memory, all of the process", whole, "MB"),
    ]


def main() -> int:
    """On stores alone, filled in bulk."""
    with own_stack(application=False):
        from django.core.management import call_command

        call_command("import_sample", "--no-projections")
        add_crowd(CROWD)
        call_command("rebuild", "graph", "vectors", "recommendations", "--in-place")
        return report("compare", figures())


if __name__ == "__main__":
    sys.exit(main())
