"""Films that are about the same things as those which the viewer liked lately (Qdrant).

One nearest-neighbour query per seed, all in one batched call: so each candidate knows which of
the viewer's films led to it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from apps.movies.models import LIKE
from apps.recommendations.types import Candidate, Evidence, Query
from apps.vectors.filters import FilmFilter
from apps.vectors.points import FilmQuery, Hit

SEEDS = 10
"""Newest liked films that are looked around."""

PER_SEED = 60
EF = 100
"""How widely Qdrant looks around a seed: of 1,200 films in 60 members' slates 3 were others with
256, which is a third more work for it."""

FORGETTING = 6.0
"""A seed is worth 1/e of the newest after this many likes: taste moves."""


def seeds_of(query: Query) -> dict[int, float]:
    """The films to look around, and what each is worth: newest and best liked most."""
    liked = [(pk, half_stars) for pk, half_stars in query.ratings if half_stars >= LIKE][:SEEDS]
    return {
        pk: math.exp(-age / FORGETTING) * (half_stars - LIKE + 2) / 4
        for age, (pk, half_stars) in enumerate(liked)
    }


def questions(query: Query) -> list[FilmQuery]:
    """What to ask Qdrant, a question for each seed; `candidates` takes the answers."""
    filters = FilmFilter(without_ids=query.unwanted)
    return [
        FilmQuery(positive_ids=(pk,), filters=filters, limit=PER_SEED, ef=EF)
        for pk in seeds_of(query)
    ]


def candidates(query: Query, answers: Sequence[Sequence[Hit]], most: int) -> list[Candidate]:
    """Films by the sum of likeness to the seeds, each seed weighing what it is worth."""
    return gather(seeds_of(query), answers, most)


def gather(
    worth: Mapping[int, float], answers: Sequence[Sequence[Hit]], most: int | None = None
) -> list[Candidate]:
    """Films by the sum of their likeness to seeds of this worth; one answer for each seed."""
    scores: dict[int, float] = defaultdict(float)
    led_by: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (seed, weight), hits in zip(worth.items(), answers, strict=True):
        for hit in hits:
            scores[hit.movie_id] += weight * hit.score
            led_by[hit.movie_id].append((weight * hit.score, seed))
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]
    return [
        Candidate(
            pk, score, Evidence(movie_ids=tuple(seed for _, seed in sorted(led_by[pk])[::-1]))
        )
        for pk, score in ranked
    ]
