"""Films that members rate soon after what the viewer rated lately.

No store is asked: web holds what a training learned of it.
"""

from collections.abc import Collection

import numpy as np

from apps.recommendations.sources.collaborative import Member, leading
from apps.recommendations.types import Candidate, Evidence

NEWEST = 20
"""Ratings that lead on."""

FADE = 3.0
"""A rating is worth 1/e of the newest after this many."""


def candidates(member: Member | None, unwanted: Collection[int], most: int) -> list[Candidate]:
    """The films that some of the viewer's films lead to, best first, each with those films."""
    if member is None or not len(member.factors.next_rows):
        return []
    learned = member.factors
    rated = list(member.parts)[:NEWEST]
    own = [learned.rows[pk] for pk in rated]
    age = np.arange(len(rated))
    worth = learned.next_worth[own] * np.exp(-age / FADE)[:, None]
    rows, place = np.unique(learned.next_rows[own], return_inverse=True)
    shares = np.zeros((len(rows), len(rated)))
    np.add.at(shares, (place.reshape(worth.shape), age[:, None]), worth)

    scores, ids = shares.sum(axis=1), learned.movie_ids[rows]
    allowed = (scores > 0) & ~np.isin(ids, list(unwanted))
    best = np.argsort(-np.where(allowed, scores, 0), kind="stable")[: min(most, allowed.sum())]
    found = zip(
        ids[best].tolist(),
        scores[best].tolist(),
        leading(shares[best], rated, member.disliked),
        strict=True,
    )
    return [Candidate(pk, score, Evidence(movie_ids=seeds)) for pk, score, seeds in found]
