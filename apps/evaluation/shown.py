"""What to show: every system ranks all films for every tested person of a split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from tqdm import tqdm

from apps.evaluation.baselines import BASELINES
from apps.evaluation.data import Data
from apps.evaluation.intervals import interval
from apps.evaluation.log import Log
from apps.evaluation.metrics.coverage import coverage
from apps.evaluation.metrics.diversity import diversity
from apps.evaluation.metrics.hit_rate import hit_rate
from apps.evaluation.metrics.ndcg import ndcg
from apps.evaluation.metrics.novelty import novelty
from apps.evaluation.metrics.recall import recall
from apps.evaluation.serving import BLEND, PAGE, SERVED, slate_of
from apps.evaluation.splits import Split

Rankings = Mapping[int, Sequence[int]]
"""Of each person, film ids, best first."""

Json = dict[str, Any]


def compared(data: Data, split: Split, member_ids: Mapping[int, int]) -> Json:
    """The figures of every system on one split, and how far the blend is above the best baseline.

    `member_ids` are the people in the stores, which know the split and no more.
    """
    plain = dict(_baselines(data, split))
    served = dict(_served(split, member_ids))
    figures = _Figures(data, split)
    gains = {name: figures.gains(rankings) for name, rankings in plain.items()}
    best = max(gains, key=lambda name: sum(gains[name]))
    ahead = np.subtract(figures.gains(served[BLEND]), gains[best])
    return {
        "split": split.name,
        "people": len(split.wanted),
        "known": len(split.known),
        "systems": {name: figures.of(ranked) for name, ranked in {**served, **plain}.items()},
        "best_baseline": best,
        "blend_ahead": interval(ahead.tolist()),
    }


def _served(split: Split, member_ids: Mapping[int, int]) -> Iterator[tuple[str, Rankings]]:
    for name, sources in SERVED.items():
        asked = tqdm(split.wanted, desc=name, mininterval=0.5)
        yield name, {person: slate_of(member_ids[person], sources) for person in asked}


def _baselines(data: Data, split: Split) -> Iterator[tuple[str, Rankings]]:
    people, person = np.unique(split.known.person, return_inverse=True)
    films = np.unique(data.log.movie)
    film = np.searchsorted(films, split.known.movie)
    stars = sparse.csr_matrix(
        (split.known.half_stars / 2, (person, film)), shape=(len(people), len(films))
    )
    known = stars.toarray() > 0
    rows = np.searchsorted(people, list(split.wanted))
    for name, score in BASELINES.items():
        scores = np.where(known, -np.inf, score(stars))
        best = np.argsort(-scores[rows], axis=1, kind="stable")[:, :PAGE]
        yield name, dict(zip(split.wanted, films[best].tolist(), strict=True))


@dataclass
class _Figures:
    """Rankings of one split as figures: those of people with their interval."""

    data: Data
    split: Split

    def __post_init__(self) -> None:
        self._people = len(set(self.split.known.person.tolist()))
        self._genres = {film.id: film.genres for film in self.data.films}
        self._raters = _raters(self.split.known)

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
