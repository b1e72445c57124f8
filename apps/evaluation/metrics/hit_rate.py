"""HR@k: the share of people who find at least one wanted film among their first k.

Deshpande and Karypis, Item-based top-N recommendation algorithms, ACM TOIS 22(1), 2004.
"""

from collections.abc import Collection, Sequence


def hit_rate(ranking: Sequence[int], wanted: Collection[int], k: int) -> float:
    """Of one person, 0 or 1."""
    return float(any(pk in wanted for pk in ranking[:k]))
