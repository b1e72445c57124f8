"""Novelty@k: how little known the first k films are, the mean of −log2 of the part of the people
who rated them. A film that nobody rated counts as one that one person did.

Vargas and Castells, Rank and relevance in novelty and diversity metrics, RecSys 2011 (popularity
complement in bits, after Zhou et al., PNAS 107(10), 2010).
"""

from collections.abc import Mapping, Sequence
from math import log2


def novelty(ranking: Sequence[int], raters: Mapping[int, int], people: int, k: int) -> float:
    """Of one person, in bits; `raters` are how many of the people rated a film. 0 of no film."""
    bits = [log2(people / max(1, raters.get(pk, 0))) for pk in ranking[:k]]
    return sum(bits) / len(bits) if bits else 0.0
