"""Recall@k: which part of the wanted films is among the first k.

Van Rijsbergen, Information Retrieval, 2nd ed., Butterworths 1979, chapter 7; all wanted films
count, also where there are more than k.
"""

from collections.abc import Collection, Sequence


def recall(ranking: Sequence[int], wanted: Collection[int], k: int) -> float:
    """Of one person, 0 to 1; `wanted` holds one film at least."""
    return len({*ranking[:k]} & {*wanted}) / len(wanted)
