"""Order-free sums of facts: equal sums mean equal stores, without holding either in memory."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from apps.consistency.owners import Fact, bucket_of

_MASK = 2**64 - 1


@dataclass
class Sums:
    """Per bucket of owners: how many facts, and the sum of their hashes modulo 2^64."""

    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    hashes: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def count(self) -> int:
        """How many facts there are."""
        return sum(self.counts.values())

    @property
    def hash(self) -> str:
        """One number for all of them, in hex."""
        return f"{sum(self.hashes.values()) & _MASK:016x}"

    def differing(self, other: "Sums") -> list[int]:
        """The buckets in which the two sides are not equal, in order."""
        return sorted(
            bucket
            for bucket in self.counts.keys() | other.counts.keys()
            if (self.counts.get(bucket), self.hashes.get(bucket))
            != (other.counts.get(bucket), other.hashes.get(bucket))
        )


def summed(facts: Iterable[Fact]) -> Sums:
    """The sums of a stream of facts. A key that comes twice changes them, as it must."""
    sums = Sums()
    for key, content in facts:
        bucket = bucket_of(key)
        digest = blake2b(f"{key}\0{content}".encode(), digest_size=8).digest()
        sums.counts[bucket] += 1
        sums.hashes[bucket] = (sums.hashes[bucket] + int.from_bytes(digest)) & _MASK
    return sums
