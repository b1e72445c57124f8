"""Comparing a kind of fact with its store, while both change.

First sums of everything, per bucket of owners. Then each bucket whose sums differ is read again
and again: a difference is drift when two looks in a row find the same contents on both sides and
no message about it. Anything else is in flight.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from apps.consistency.kinds import Kind
from apps.consistency.owners import EVERYONE, Fact, Owners
from apps.consistency.pending import Reason, reasons
from apps.consistency.sums import summed

EXAMPLES = 20
LOOKS = 5

Held = dict[str, tuple[str, ...]]
"""The contents under each key: one, or more when a store holds an object twice."""

Watch = Callable[[str, Iterator[Fact]], Iterable[Fact]]
"""Passes a stream through and shows how far it is."""


class Fault(StrEnum):
    """How a store differs in one fact."""

    MISSING = "missing"
    EXTRA = "extra"
    STALE = "stale"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Difference:
    """A fact that a store does not hold as Postgres says; `reason` is empty when it is drift.

    Both sides hold contents: none, one, or more where an object is there twice.
    """

    key: str
    expected: tuple[str, ...]
    stored: tuple[str, ...]
    reason: str = ""

    @property
    def fault(self) -> Fault:
        """How the store is wrong."""
        if not self.stored:
            return Fault.MISSING
        if not self.expected:
            return Fault.EXTRA
        return Fault.DUPLICATE if len(self.stored) > len(self.expected) else Fault.STALE


Mend = Callable[[Kind, list[Difference]], int]
"""Has drift mended; gives the messages that were published for it."""


@dataclass
class Comparison:
    """One kind of fact in one store, against Postgres.

    Counts and hashes are of one pass over everything, in which facts may be in flight. `drift`
    counts differences by fault, `explained` by reason; `published` are the messages that mend.
    """

    kind: str
    store: str
    expected: int
    found: int
    expected_hash: str
    found_hash: str
    drift: dict[str, int] = field(default_factory=dict)
    explained: dict[str, int] = field(default_factory=dict)
    examples: list[Difference] = field(default_factory=list)
    published: int = 0

    @property
    def drifted(self) -> int:
        """How many facts drifted, of whatever fault."""
        return sum(self.drift.values())

    def add(self, found: Difference) -> None:
        """Count a difference, and keep the first ones."""
        counts, name = (self.explained, found.reason) if found.reason else (self.drift, found.fault)
        counts[name] = counts.get(name, 0) + 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(found)


def compare(kind: Kind, *, watch: Watch, mend: Mend) -> Comparison:
    """Compare one kind; `mend` is given the drift of each bucket as it is found."""
    expected = summed(watch(f"{kind.name}: Postgres", kind.expected(EVERYONE)))
    found = summed(watch(f"{kind.name}: {kind.destination}", kind.stored(EVERYONE)))
    result = Comparison(
        kind.name, kind.destination, expected.count, found.count, expected.hash, found.hash
    )
    for bucket in expected.differing(found):
        differences = settled(kind, Owners.of_bucket(bucket))
        for difference in differences:
            result.add(difference)
        if drift := [difference for difference in differences if not difference.reason]:
            result.published += mend(kind, drift)
    return result


def settled(kind: Kind, owners: Owners) -> list[Difference]:
    """The differences of these owners; what two looks in a row find alike does not move."""
    this = _look(kind, owners, ())
    moving: set[str] = set()
    for _ in range(LOOKS):
        if not this:
            break
        last, this = this, _look(kind, Owners.around(this), this)
        moving = {key for key in this if this[key] != last.get(key)}
        if not moving:
            break
    return [
        replace(found, reason=Reason.IN_FLIGHT) if key in moving else found
        for key, found in sorted(this.items())
    ]


def _look(kind: Kind, owners: Owners, known: Collection[str]) -> dict[str, Difference]:
    """What differs now. Messages are looked for first, and only those of `known` keys.

    A write that comes between that and the facts shows in the next look: either its message is
    still there, or the store has it.
    """
    why = reasons(kind.destination, kind.messages, known)
    expected = _held(kind.expected(owners))
    stored = _held(kind.stored(owners))
    return {
        key: Difference(
            key,
            expected.get(key, ()),
            stored.get(key, ()),
            why.get(key, "") if key in known else Reason.IN_FLIGHT,
        )
        for key in expected.keys() | stored.keys()
        if expected.get(key) != stored.get(key)
    }


def _held(facts: Iterable[Fact]) -> Held:
    held: dict[str, list[str]] = defaultdict(list)
    for key, content in facts:
        held[key].append(content)
    return {key: tuple(sorted(contents)) for key, contents in held.items()}
