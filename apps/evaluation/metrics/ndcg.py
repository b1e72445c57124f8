"""NDCG@k, normalised discounted cumulative gain.

DCG = Σ 1 / log2(place + 1) over the wanted films among the first k; divided by that of the best
ranking there could be. Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques,
ACM TOIS 20(4), 2002; with gains of 0 and 1.
"""

from collections.abc import Collection, Sequence
from math import log2


def ndcg(ranking: Sequence[int], wanted: Collection[int], k: int) -> float:
    """Of one person, 0 to 1; `wanted` holds one film at least."""
    gain = sum(1 / log2(place + 1) for place, pk in enumerate(ranking[:k], 1) if pk in wanted)
    best = sum(1 / log2(place + 1) for place in range(1, min(k, len(wanted)) + 1))
    return gain / best
