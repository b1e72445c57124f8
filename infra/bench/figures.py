"""Figures: printed as a table, and kept as JSON in `var/bench`."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from infra.embedded.layout import ROOT

FOLDER = ROOT / "var" / "bench"
SPEED_LOOPS = 1_000_000
ROW = "{:<44}{:>12} {:<8}{:<12}{}"


@dataclass(frozen=True)
class Figure:
    """What was measured, in which unit, and what is promised of it, if anything is."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is as promised."""
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)

    @property
    def promise(self) -> str:
        """What is promised, for people."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value with at least this part of all at or below it; not a number of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def core_speed() -> float:
    """How many million turns of a plain loop one core does a second just now.

    Machines whose cores are shared differ by factors from hour to hour; times scale with this.
    """
    start, total = time.perf_counter(), 0
    for number in range(SPEED_LOOPS):
        total += number * number % 7
    return SPEED_LOOPS / (time.perf_counter() - start) / 1e6


def report(bench: str, figures: Sequence[Figure]) -> int:
    """Print the figures and keep them; 1 when one is not as promised."""
    cores, speed = os.cpu_count(), core_speed()
    print(f"\n{bench}, {cores} cores of speed {speed:.1f}, load {os.getloadavg()[0]:.1f}")
    for one in figures:
        verdict = "" if not one.promise else "ok" if one.holds else "MISSED"
        print(ROW.format(one.name, f"{one.value:,.4g}", one.unit, one.promise, verdict))
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": cores,
        "speed": speed,
        "load": os.getloadavg(),
        "figures": [{**asdict(one), "holds": one.holds} for one in figures],
    }
    (FOLDER / f"{bench}.json").write_text(json.dumps(kept, indent=1) + "\n")
    return int(not all(one.holds for one in figures))
