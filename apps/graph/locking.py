"""How every write to the graph begins and ends: the floor, the locks, the stubs that nobody needs.

A fence that is compared before its lock is held is compared in vain: two overlapping batches then
leave stale edges. So the first statement of a transaction takes the lock of every node that the
batch touches, in sorted order (no two batches can wait for each other), and creates those that
are missing, still without a fence. The next statement compares and applies. The last one removes
what was created and did not get a fence. Other transactions see none of this before the commit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar

from apps.common.errors import StoreUnavailable
from apps.graph.driver import STORE, Row, Transaction
from apps.graph.errors import FenceBelowFloor

T = TypeVar("T")

BATCH = 1_000
"""Rows of one UNWIND: more gains nothing and holds its locks for longer."""

FLOOR = "MATCH (floor:Floor {id: 1}) RETURN floor.fence AS fence"

LOCK_USERS = "UNWIND $ids AS id MERGE (node:User {id: id}) SET node.lock = true"
LOCK_MOVIES = "UNWIND $ids AS id MERGE (node:Movie {id: id}) SET node.lock = true"
LOCK_PEOPLE = "UNWIND $ids AS id MERGE (node:Person {id: id}) SET node.lock = true"

CLEAN_USERS = "UNWIND $ids AS id MATCH (node:User {id: id}) WHERE node.fence IS NULL DELETE node"
CLEAN_MOVIES = "UNWIND $ids AS id MATCH (node:Movie {id: id}) WHERE node.fence IS NULL DELETE node"
CLEAN_PEOPLE = "UNWIND $ids AS id MATCH (node:Person {id: id}) WHERE node.fence IS NULL DELETE node"


@dataclass(frozen=True)
class Touched:
    """The nodes that a batch reads or writes."""

    users: frozenset[int] = frozenset()
    movies: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def lock(self, tx: Transaction) -> None:
        """Hold all of them until the transaction ends; what is missing exists from here on."""
        run(tx, LOCK_USERS, ids=sorted(self.users))
        run(tx, LOCK_MOVIES, ids=sorted(self.movies))
        run(tx, LOCK_PEOPLE, ids=sorted(self.people))

    def clean(self, tx: Transaction) -> None:
        """Remove those that this transaction created and nothing needs."""
        run(tx, CLEAN_USERS, ids=sorted(self.users))
        run(tx, CLEAN_MOVIES, ids=sorted(self.movies))
        run(tx, CLEAN_PEOPLE, ids=sorted(self.people))


def check_floor(tx: Transaction, fence: int) -> None:
    """Below the floor the tombstones are gone that would refuse this write: FenceBelowFloor."""
    floor = tx.run(FLOOR).single()
    if floor is None:
        raise StoreUnavailable(STORE, "It has no schema yet: run manage.py sync_schemas.")
    if fence < floor["fence"]:
        raise FenceBelowFloor


def run(tx: Transaction, query: LiteralString, /, **parameters: Any) -> list[Row]:
    """The rows of one statement, whose list parameters go in at most `BATCH` at a time."""
    lists = {name: value for name, value in parameters.items() if isinstance(value, list)}
    if not lists:
        return tx.run(query, parameters).data()
    ((name, values),) = lists.items()
    found: list[Row] = []
    for part in chunks(values, BATCH):
        found += tx.run(query, {**parameters, name: part}).data()
    return found


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def grave(kind: str, *ids: int) -> str:
    """The key of an object's tombstone."""
    return ":".join((kind, *map(str, ids)))


def graves(kind: str, ids: Iterable[int]) -> list[str]:
    """The keys of several tombstones of one kind."""
    return [grave(kind, number) for number in ids]
