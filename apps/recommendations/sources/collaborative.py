"""Films that are rated by those who rate what the viewer rated lately (Qdrant).

The viewer's vector is folded in from their ratings as they are now, the newest weighing most.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.movies.models import DISLIKE
from apps.recommendations.fold_in import folded
from apps.recommendations.types import Candidate, Evidence, Query
from apps.vectors import factors
from apps.vectors.factors import Factors
from apps.vectors.filters import FilmFilter
from apps.vectors.points import FilmQuery, Hit, Vector

SEEDS = 3
"""Films that a reason may name."""

HARDLY = 0.01
"""The part of the best film's score below which another's is chance."""

BARELY = 1e-9
"""The share of a film in another that it did not lead to, all but."""


@dataclass(frozen=True, eq=False)
class Member:
    """The viewer in the factors of the training that serves: each rated film with its part.

    `disliked` are those of the rated films that no reason should name.
    """

    training: int
    factors: Factors
    parts: Mapping[int, Vector]
    disliked: frozenset[int]


def fold(query: Query) -> Member | None:
    """The viewer; None when no training serves, or none that knows a film which they rated.

    A film that they chose to see draws others to it even when they did not like it; one that they
    only refused does not.
    """
    serving = factors.serving()
    if serving is None:
        return None
    training, learned = serving
    parts = folded(learned, [row for row in query.ratings if row[0] not in query.refused])
    disliked = frozenset(pk for pk, half_stars in query.ratings if half_stars <= DISLIKE)
    return Member(training, learned, parts, disliked) if parts else None


def questions(query: Query, member: Member | None, limit: int) -> list[FilmQuery]:
    """What to ask Qdrant, at most one question."""
    if member is None:
        return []
    vector = np.sum(list(member.parts.values()), axis=0)
    wanted = FilmFilter(without_ids=query.unwanted)
    return [FilmQuery(vector=vector, training=member.training, filters=wanted, limit=limit)]


def candidates(member: Member | None, answers: Sequence[Sequence[Hit]]) -> list[Candidate]:
    """The films found to which some of the viewer's films led, each with those that led most."""
    if member is None:
        return []
    hits = [hit for found in answers for hit in found if hit.movie_id in member.factors.rows]
    rows = [member.factors.rows[hit.movie_id] for hit in hits]
    shares = member.factors.film[rows] @ np.stack(list(member.parts.values())).T
    led = zip(hits, leading(shares, list(member.parts), member.disliked), strict=True)
    return [
        Candidate(hit.movie_id, hit.score, Evidence(movie_ids=seeds)) for hit, seeds in led if seeds
    ]


def among(like: Sequence[int], movie_ids: Sequence[int]) -> list[Candidate]:
    """Those of these films that are seen by those who see the films to be like, most so first.

    Those that are hardly seen by the same are left out. None when no training serves. No store is
    asked: the factors are here.
    """
    serving = factors.serving()
    if serving is None:
        return []
    training, learned = serving
    parts = {pk: learned.taste[learned.rows[pk]] for pk in like if pk in learned.rows}
    known = [pk for pk in movie_ids if pk in learned.rows]
    if not parts or not known:
        return []
    scores = learned.film[[learned.rows[pk] for pk in known]] @ np.sum([*parts.values()], axis=0)
    found = sorted(zip(scores.tolist(), known, strict=True), key=lambda hit: (-hit[0], hit[1]))
    least = max(HARDLY * found[0][0], 0)
    hits = [Hit(pk, score) for score, pk in found if score > least]
    return candidates(Member(training, learned, parts, frozenset()), [hits])


def leading(
    shares: NDArray[Any], rated: Sequence[int], disliked: Collection[int]
) -> list[tuple[int, ...]]:
    """For each film, a row of shares, the rated ones that led to it, most first.

    Disliked ones only where nothing else led to it.
    """
    is_disliked = np.array([pk in disliked for pk in rated])
    ranks = np.where(is_disliked, np.minimum(shares, BARELY), shares)
    best = np.argsort(-ranks, axis=1, kind="stable")[:, :SEEDS]
    seeds = []
    for share, places in zip(shares, best.tolist(), strict=True):
        led = [place for place in places if share[place] > 0]
        named = [place for place in led if not is_disliked[place]] or led
        seeds.append(tuple(rated[place] for place in named))
    return seeds
