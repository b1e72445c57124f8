"""`make bench`: how fast the stores follow. `python -m infra.bench lag|throughput|checker`."""

import sys

from infra.bench import lag, throughput

BENCHES = {"lag": lag.main, "throughput": throughput.main}


def main(names: list[str]) -> int:
    """Run the named benches, or all of them."""
    for name in names or BENCHES:
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
