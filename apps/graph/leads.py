"""Whoever leads to films, as the graph tells it, turned round: films, each with who led to it.

The graph is asked for people only. To add up their films there costs more than to bring them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from apps.graph.types import ByPerson

T = TypeVar("T")
Lead = tuple[T, float, Sequence[int]]
"""Someone, what they weigh, and the ids of the films that they lead to."""

ROLES = {"DIRECTED": "director", "ACTED_IN": "actor"}


def by_film(
    leads: Sequence[Lead[T]], without: Collection[int], limit: int
) -> list[tuple[int, list[T], float]]:
    """Movie ids, who led to each in the order of `leads`, and the sum of what they weigh.

    At most `limit` films, the best first; none of `without`.
    """
    weights: dict[int, float] = defaultdict(float)
    led_by: dict[int, list[T]] = defaultdict(list)
    for someone, weight, movie_ids in leads:
        for pk in movie_ids:
            weights[pk] += weight
            led_by[pk].append(someone)
    wanted = weights.keys() - set(without)
    best = sorted(wanted, key=lambda pk: (-weights[pk], -pk))[:limit]
    return [(pk, led_by[pk], weights[pk]) for pk in best]


def by_person(
    leads: Sequence[Lead[Sequence[Any]]], without: Collection[int], limit: int
) -> tuple[ByPerson, ...]:
    """Films with the first of the people who led to them: id, name, part and seeds of each."""
    return tuple(
        ByPerson(pk, person_id, name, ROLES[part], tuple(seeds), weight)
        for pk, ((person_id, name, part, seeds), *_), weight in by_film(leads, without, limit)
    )
