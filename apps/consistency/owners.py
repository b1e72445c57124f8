"""Owners: every fact belongs to one object, whose id is the first part of the fact's key."""

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 16
"""Neighbouring owners in one bucket: what is read again when the bucket's sums differ."""

HIGHEST = 2**63 - 1


@dataclass(frozen=True)
class Owners:
    """Owners by their ids, first and last included; all of them by default."""

    first: int = 0
    last: int = HIGHEST

    @classmethod
    def of_bucket(cls, bucket: int) -> "Owners":
        """The owners that share a bucket."""
        return cls(bucket * WIDTH, (bucket + 1) * WIDTH - 1)

    @classmethod
    def around(cls, keys: Iterable[str]) -> "Owners":
        """The smallest range that holds the owners of these facts."""
        ids = [owner_of(key) for key in keys]
        return cls(min(ids), max(ids))


EVERYONE = Owners()

Fact = tuple[str, str]
"""A key (`owner:…`) and its content, both as canonical text."""


def owner_of(key: str) -> int:
    """The id of the object that a fact belongs to."""
    return int(key.partition(":")[0])


def bucket_of(key: str) -> int:
    """The bucket of a fact."""
    return owner_of(key) // WIDTH
