"""`make bench ARGS="similar training"`: some of `NAMES`, or all in order."""

import signal
import subprocess
import sys

from infra.bench.own_stack import TERMINATED

NAMES = (
    "answers",
    "suggestions",
    "similar",
    "lag",
    "throughput",
    "compare",
    "rebuild",
    "training",
)


def main(names: list[str]) -> int:
    """Each in a process of its own, as each names its stores before Django starts.

    SIGTERM ends the one that runs, whose stack goes with it, and no other begins.
    """
    if unknown := sorted(set(names) - set(NAMES)):
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    ended = []
    for name in names or NAMES:
        ended.append(run(name))
        if ended[-1] == TERMINATED:
            break
    return int(any(ended))


def run(name: str) -> int:
    """One bench; gives its exit code."""
    with subprocess.Popen([sys.executable, "-m", f"infra.bench.{name}"]) as bench:
        signal.signal(signal.SIGTERM, lambda *_: bench.terminate())
        return bench.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
