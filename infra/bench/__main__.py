"""`make bench ARGS="similar training"`: some of `NAMES`, or all in order."""

import subprocess
import sys

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
    """Each in a process of its own, as each names its stores before Django starts."""
    if unknown := sorted(set(names) - set(NAMES)):
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    ended = [
        subprocess.run([sys.executable, "-m", f"infra.bench.{name}"], check=False).returncode
        for name in names or NAMES
    ]
    return int(any(ended))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
