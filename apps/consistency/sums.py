"""Order-free sums of facts: equal sums mean equal stores, without holding either in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from apps.consistency.facts import Fact

BUCKETS = 1024
_MASK = 2**64 - 1


@dataclass
class Sums:
    """Per bucket of keys: how many facts, and the sum of their hashes modulo 2^64."""

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    hashes: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def count(self) -> int:
        """How many facts there are."""
        return sum(self.counts)

    @property
    def hash(self) -> str:
        """One number for all of them, in hex."""
        return f"{sum(self.hashes) & _MASK:016x}"

    def differing(self, other: "Sums") -> set[int]:
        """The buckets in which the two sides are not equal."""
        return {
            bucket
            for bucket in range(BUCKETS)
            if (self.counts[bucket], self.hashes[bucket])
            != (other.counts[bucket], other.hashes[bucket])
        }


def bucket_of(key: str) -> int:
    """The bucket of a key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=2).digest()) % BUCKETS


def summed(facts: Iterable[Fact]) -> Sums:
    """The sums of a stream of facts. A key that comes twice changes them, as it must."""
    sums = Sums()
    for key, content in facts:
        bucket = bucket_of(key)
        digest = blake2b(f"{key}\0{content}".encode(), digest_size=8).digest()
        sums.counts[bucket] += 1
        sums.hashes[bucket] = (sums.hashes[bucket] + int.from_bytes(digest)) & _MASK
    return sums
