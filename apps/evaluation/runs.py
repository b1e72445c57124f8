"""One evaluation: split by split into the stores, and all figures in one report."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apps.common.errors import Conflict
from apps.evaluation import scratch, shown, stars, texts
from apps.evaluation.data import Data, read
from apps.evaluation.splits import (
    PARTS,
    SHOWN,
    STARS,
    TEXTS,
    TIME,
    Split,
    cut_at,
    leave_out,
)

CUTS = (0.8, 0.9)
"""Parts of all ratings that are known in the time splits."""


class NobodyTested(Conflict):
    """Too little is known of everybody."""

    code = "nobody_tested"


def evaluate(
    folder: Path | None, parts: Collection[str], *, nth: int, people: int
) -> dict[str, Any]:
    """The report on a data set; fills the stores, which must be empty.

    `nth` is the rating that is held out of each person, 1 for the last; so many people are tested.
    NobodyTested before anything is filled when a part would have no figures.
    """
    data = read(folder)
    asked = [part for part in PARTS if part in parts]
    if STARS in asked:
        _check_folds(data)
    splits = [
        (part, _tested(split, part).of_some(people))
        for part in asked
        for split in _splits(data, part, nth)
    ]
    begun = scratch.load(data)
    report: dict[str, Any] = {
        "data": data.name,
        "at": datetime.now(UTC).date().isoformat(),
        "ratings": len(data.log),
        "people": len(set(data.log.person.tolist())),
        "films": len(data.films),
        "shown": [],
        "stars": stars.measured(data.log) if STARS in asked else {},
    }
    for part, split in splits:
        members = scratch.know(begun, split.known)
        compare = texts.compared if part == TEXTS else shown.compared
        report["shown"].append(compare(data, split, members))
    return report


def _splits(data: Data, part: str, nth: int) -> Iterator[Split]:
    if part in {SHOWN, TEXTS}:
        yield leave_out(data.log, nth)
    if part == TIME:
        yield from (cut_at(data.log, known) for known in CUTS)


def _tested(split: Split, part: str) -> Split:
    if not split.wanted:
        raise NobodyTested(
            f"{part}: nobody has a rating that could be held out ({split.name}) and enough before "
            "it. Take more ratings, or other parts with --only."
        )
    return split


def _check_folds(data: Data) -> None:
    if len(data.log) < stars.FOLDS:
        raise NobodyTested(
            f"{STARS}: {len(data.log)} ratings are no {stars.FOLDS} folds. Take more ratings, or "
            "other parts with --only."
        )
