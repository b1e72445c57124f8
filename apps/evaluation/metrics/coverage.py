"""Catalogue coverage: the part of all films that is among anybody's first k.

Ge, Delgado-Battenfeld and Jannach, Beyond accuracy, RecSys 2010.
"""

from collections.abc import Iterable, Sequence


def coverage(rankings: Iterable[Sequence[int]], films: int, k: int) -> float:
    """Of all people together, 0 to 1; `films` is how many there are."""
    return len({pk for ranking in rankings for pk in ranking[:k]}) / films
