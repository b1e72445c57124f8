"""Intra-list diversity@k: the mean of 1 − cosine of the genre vectors over pairs of the first k.

Ziegler et al., Improving recommendation lists through topic diversification, WWW 2005, with 0 and
1 for each genre. Films without a genre are like no other.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from math import sqrt


def diversity(ranking: Sequence[int], genres: Mapping[int, Collection[str]], k: int) -> float:
    """Of one person, 0 to 1; 0 of less than two films."""
    looks = [{*genres.get(pk, ())} for pk in ranking[:k]]
    unlike = [1 - _cosine(one, other) for one, other in combinations(looks, 2)]
    return sum(unlike) / len(unlike) if unlike else 0.0


def _cosine(one: set[str], other: set[str]) -> float:
    return len(one & other) / sqrt(len(one) * len(other)) if one and other else 0.0
