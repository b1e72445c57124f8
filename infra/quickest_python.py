"""Print the Python to make `.venv` with: the one that runs this, unless the path has a far quicker.

Two builds of one version differ by half: pyenv's, for one, are made without the profile that a
distribution's are optimized by. Fails when the one that runs this is too old or makes no `.venv`.
"""

import os
import subprocess
import sys
from pathlib import Path

FAR = 0.8
"""What of the first one's time another must take at most, to be taken in its place."""

ROUNDS = 7
"""In turn, each one's best counts: the speed of a machine changes from second to second."""

PROBE = """
import ensurepip, sys, time, venv
if sys.version_info < (3, 11):
    sys.exit(1)

class Film:
    def __init__(self, number):
        self.number = number
    def add(self, number):
        return self.number + number

start, films = time.perf_counter(), {}
for number in range(30_000):
    films[number % 97] = (str(number), Film(number).add(number))
print(time.perf_counter() - start)
"""


def seconds(python: str) -> float | None:
    """What the probe takes; None where this is no Python for us."""
    try:
        done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return float(done.stdout)


def candidates() -> list[str]:
    """The one that runs this, and each other `python3` of the path."""
    found = {os.path.realpath(sys.executable): sys.executable}
    for folder in os.get_exec_path():
        python = Path(folder, "python3")
        if os.access(python, os.X_OK):
            found.setdefault(os.path.realpath(python), str(python))
    return list(found.values())


def quickest() -> str | None:
    """As the module says; None when there is none to take."""
    best: dict[str, float] = {}
    pythons = candidates()
    for _ in range(ROUNDS):
        for python in pythons:
            took = seconds(python)
            if took is not None:
                best[python] = min(took, best.get(python, took))
    first = best.get(sys.executable)
    if first is None:
        return None
    other = min(best, key=lambda python: best[python])
    return other if best[other] <= FAR * first else sys.executable


if __name__ == "__main__":
    chosen = quickest()
    if chosen is None:
        sys.exit(1)
    sys.stdout.write(f"{chosen}\n")
