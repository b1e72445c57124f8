"""Whoever leads to something, as the graph tells it, turned round: each thing with who led to it.

The graph is asked for people only. To add up what they lead to costs more there than to bring it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from heapq import nlargest
from typing import Any, TypeVar

from apps.graph.types import ByPerson

T = TypeVar("T")
Lead = tuple[T, float, Sequence[int]]
"""Someone, what they weigh, and the ids of what they lead to."""

ROLES = {"DIRECTED": "director", "ACTED_IN": "actor"}


def turned(
    leads: Sequence[Lead[T]], without: Collection[int], limit: int
) -> list[tuple[int, list[T], float]]:
    """The ids, who led to each in the order of `leads`, and the sum of what they weigh.

    At most `limit` of them, the best first; none of `without`.
    """
    weights: dict[int, float] = defaultdict(float)
    for _, weight, ids in leads:
        for pk in ids:
            weights[pk] += weight
    for pk in weights.keys() & set(without):
        del weights[pk]
    best = nlargest(limit, ((weight, pk) for pk, weight in weights.items()))
    led_by: dict[int, list[T]] = {pk: [] for _, pk in best}
    for someone, _, ids in leads:
        for pk in led_by.keys() & ids:
            led_by[pk].append(someone)
    return [(pk, led_by[pk], weight) for weight, pk in best]


def by_person(
    leads: Sequence[Lead[Sequence[Any]]], without: Collection[int], limit: int
) -> tuple[ByPerson, ...]:
    """Films with the first of the people who led to them: id, name, part and seeds of each."""
    return tuple(
        ByPerson(pk, person_id, name, ROLES[part], tuple(seeds), weight)
        for pk, ((person_id, name, part, seeds), *_), weight in turned(leads, without, limit)
    )
