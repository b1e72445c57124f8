"""One evaluation: split by split into the stores, and all figures in one report."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apps.evaluation import scratch, shown, stars
from apps.evaluation.data import Data, read
from apps.evaluation.splits import Split, cut_at, leave_out

CUTS = (0.8, 0.9)
"""Parts of all ratings that are known in the time splits."""


def evaluate(
    folder: Path | None, parts: Collection[str], *, nth: int, people: int
) -> dict[str, Any]:
    """The report on a data set; fills the stores, which must be empty.

    `nth` is the rating that is held out of each person, 1 for the last; so many people are tested.
    """
    data = read(folder)
    begun = scratch.load(data)
    report: dict[str, Any] = {
        "data": data.name,
        "at": datetime.now(UTC).date().isoformat(),
        "ratings": len(data.log),
        "people": len(set(data.log.person.tolist())),
        "films": len(data.films),
        "shown": [],
        "stars": stars.measured(data.log) if "stars" in parts else {},
    }
    for split in _splits(data, parts, nth):
        members = scratch.know(begun, split.known)
        report["shown"].append(shown.compared(data, split.of_some(people), members))
    return report


def _splits(data: Data, parts: Collection[str], nth: int) -> Iterator[Split]:
    if "shown" in parts:
        yield leave_out(data.log, nth)
    if "time" in parts:
        yield from (cut_at(data.log, part) for part in CUTS)
