"""Films that are about the same things as those which the viewer liked lately (Qdrant).

One nearest-neighbour query per seed, all in one batched call: so each candidate knows which of
the viewer's films led to it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

from apps.movies.models import LIKE
from apps.recommendations.types import Candidate, Evidence, Query
from apps.vectors.points import FilmQuery, Hit

SEEDS = 10
"""Newest liked films that are looked around."""

PER_SEED = 40
AROUND = 70
"""Neighbours of a seed that are asked for, the viewer's own among them, and so the same for all."""

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
    return [
        FilmQuery(positive_ids=(pk,), limit=AROUND, ef=EF, recent=True) for pk in seeds_of(query)
    ]


def candidates(query: Query, answers: Sequence[Sequence[Hit]], most: int) -> list[Candidate]:
    """Films by the sum of likeness to the seeds, each seed weighing what it is worth."""
    wanted = ((hit for hit in hits if hit.movie_id not in query.unwanted) for hits in answers)
    return gather(seeds_of(query), [list(islice(hits, PER_SEED)) for hits in wanted], most)


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
