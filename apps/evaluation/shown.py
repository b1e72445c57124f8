"""What to show: every system ranks all films for every tested person of a split."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from tqdm import tqdm

from apps.evaluation.baselines import BASELINES, Rows, Scores, blocks, too_large
from apps.evaluation.data import Data
from apps.evaluation.intervals import Interval, interval
from apps.evaluation.log import Log, Mask
from apps.evaluation.metrics.coverage import coverage
from apps.evaluation.metrics.diversity import diversity
from apps.evaluation.metrics.hit_rate import hit_rate
from apps.evaluation.metrics.ndcg import ndcg
from apps.evaluation.metrics.novelty import novelty
from apps.evaluation.metrics.recall import recall
from apps.evaluation.serving import BLEND, PAGE, SERVED, slate_of
from apps.evaluation.splits import Split
from apps.recommendations.types import SourceName

Rankings = Mapping[int, Sequence[int]]
"""Of each person, film ids, best first."""

Json = dict[str, Any]


def compared(data: Data, split: Split, member_ids: Mapping[int, int]) -> Json:
    """The figures of every system on one split, and how far the blend is above the best baseline.

    `member_ids` are the people in the stores, which know the split and no more.
    """
    left_out = too_large(len(data.films))
    plain = dict(_baselines(data, split, without=left_out))
    served = asked(split, member_ids, SERVED)
    figures = Figures(data, split)
    best = max(plain, key=lambda name: sum(figures.gains(plain[name])))
    told = figures.of_all({**served, **plain}, {BLEND: best})
    return told | {"best_baseline": best, "left_out": left_out}


def asked(
    split: Split, member_ids: Mapping[int, int], systems: Mapping[str, Collection[SourceName]]
) -> dict[str, Rankings]:
    """What the pipeline shows the tested people, by the name that its sources are given here."""
    return {
        name: {
            person: slate_of(member_ids[person], sources)
            for person in tqdm(split.wanted, desc=name, mininterval=0.5)
        }
        for name, sources in systems.items()
    }


def _baselines(
    data: Data, split: Split, *, without: Collection[str]
) -> Iterator[tuple[str, Rankings]]:
    people, person = np.unique(split.known.person, return_inverse=True)
    films = np.unique(data.log.movie)
    film = np.searchsorted(films, split.known.movie)
    stars = sparse.csr_matrix(
        (split.known.half_stars / 2, (person, film)), shape=(len(people), len(films))
    )
    tested = np.searchsorted(people, list(split.wanted))
    for name in [name for name in BASELINES if name not in without]:
        score = BASELINES[name](stars)
        best = [_best(score(rows), stars[rows].toarray() > 0) for rows in blocks(tested)]
        yield name, dict(zip(split.wanted, films[np.vstack(best)].tolist(), strict=True))


def _best(scores: Scores, known: Mask) -> Rows:
    """The places of the best films of each row, those that are known last."""
    return np.argsort(-np.where(known, -np.inf, scores), axis=1, kind="stable")[:, :PAGE]


@dataclass
class Figures:
    """Rankings of one split as figures: those of people with their interval."""

    data: Data
    split: Split

    def __post_init__(self) -> None:
        """Count once what all systems are measured by."""
        self._people = len(set(self.split.known.person.tolist()))
        self._genres = {film.id: film.genres for film in self.data.films}
        self._raters = _raters(self.split.known)

    def of_all(self, systems: Mapping[str, Rankings], ahead: Mapping[str, str]) -> Json:
        """Every system's, and how far each of `ahead` is above the one that it leads to."""
        return {
            "split": self.split.name,
            "people": len(self.split.wanted),
            "known": len(self.split.known),
            "systems": {name: self.of(rankings) for name, rankings in systems.items()},
            "ahead": [
                {"of": one, "above": other, "ndcg_at_10": self._ahead(systems[one], systems[other])}
                for one, other in ahead.items()
            ],
        }

    def _ahead(self, one: Rankings, other: Rankings) -> Interval:
        return interval(np.subtract(self.gains(one), self.gains(other)).tolist())

    def gains(self, rankings: Rankings) -> list[float]:
        """NDCG@10 of each person."""
        return [ndcg(rankings[one], wanted, 10) for one, wanted in self.split.wanted.items()]

    def of(self, rankings: Rankings) -> Json:
        """All of them."""
        wanted, listed = self.split.wanted, list(rankings.values())
        each = {
            "ndcg_at_10": self.gains(rankings),
            "hit_rate_at_10": [hit_rate(rankings[one], wanted[one], 10) for one in wanted],
            "recall_at_20": [recall(rankings[one], wanted[one], 20) for one in wanted],
            "novelty_at_10": [novelty(row, self._raters, self._people, 10) for row in listed],
            "diversity_at_10": [diversity(row, self._genres, 10) for row in listed],
        }
        told: Json = {name: interval(values) for name, values in each.items()}
        return told | {"coverage_at_10": coverage(listed, len(self.data.films), 10)}


def _raters(log: Log) -> dict[int, int]:
    films, counts = np.unique(log.movie, return_counts=True)
    return dict(zip(films.tolist(), counts.tolist(), strict=True))
