"""How every write to the graph begins and ends: the floor, the locks, the stubs.

A fence that is compared before its lock is held is compared in vain: two overlapping batches then
leave stale edges. So the first statement of a transaction takes the lock of every node that the
batch touches, in sorted order (no two batches can wait for each other), and creates those that
are missing, still without a fence. The next statements compare and apply. The last one gives fence
0 to what was created and has edges now, and removes the rest. Nobody sees this before the commit.
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

MARKS = 64
"""Marks of the highest fence: one for all would be a lock that every write waits for."""

FLOOR = """
MATCH (floor:Floor {id: 1})
MERGE (mark:Mark {slot: $slot})
SET mark.lock = true
SET mark.fence = CASE WHEN mark.fence > $fence THEN mark.fence ELSE $fence END
RETURN floor.fence AS fence
"""

LOCK_USERS = """
UNWIND $ids AS id
MERGE (node:User {id: id}) SET node.lock = true
WITH id, node WHERE node.fence IS NULL RETURN collect(id) AS ids
"""

LOCK_MOVIES = """
UNWIND $ids AS id
MERGE (node:Movie {id: id}) SET node.lock = true
WITH id, node WHERE node.fence IS NULL RETURN collect(id) AS ids
"""

LOCK_PEOPLE = """
UNWIND $ids AS id
MERGE (node:Person {id: id}) SET node.lock = true
WITH id, node WHERE node.fence IS NULL RETURN collect(id) AS ids
"""

BURIED = "UNWIND $keys AS key MATCH (grave:Tombstone {key: key}) RETURN key"

SETTLE_USERS = """
UNWIND $ids AS id
MATCH (node:User {id: id}) WHERE node.fence IS NULL
FOREACH (_ IN CASE WHEN EXISTS { (node)--() } THEN [1] ELSE [] END | SET node.fence = 0)
WITH node WHERE node.fence IS NULL DELETE node
"""

SETTLE_MOVIES = """
UNWIND $ids AS id
MATCH (node:Movie {id: id}) WHERE node.fence IS NULL
FOREACH (_ IN CASE WHEN EXISTS { (node)--() } THEN [1] ELSE [] END | SET node.fence = 0)
WITH node WHERE node.fence IS NULL DELETE node
"""

SETTLE_PEOPLE = """
UNWIND $ids AS id
MATCH (node:Person {id: id}) WHERE node.fence IS NULL
FOREACH (_ IN CASE WHEN EXISTS { (node)--() } THEN [1] ELSE [] END | SET node.fence = 0)
WITH node WHERE node.fence IS NULL DELETE node
"""


@dataclass(frozen=True)
class Nodes:
    """Some nodes of the graph."""

    users: frozenset[int] = frozenset()
    movies: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def lock(self, tx: Transaction) -> "Nodes":
        """Hold all of these until the transaction ends; gives those that it had to create."""
        return Nodes(
            users=numbers(run(tx, LOCK_USERS, ids=sorted(self.users))),
            movies=numbers(run(tx, LOCK_MOVIES, ids=sorted(self.movies))),
            people=numbers(run(tx, LOCK_PEOPLE, ids=sorted(self.people))),
        )

    def buried(self, tx: Transaction) -> "Nodes":
        """Those of these, just created, that have a tombstone: a node and its tombstone never
        stand side by side, so no other node needs to be asked."""
        return Nodes(
            users=_buried(tx, "user", self.users),
            movies=_buried(tx, "movie", self.movies),
            people=_buried(tx, "person", self.people),
        )

    def without(self, put: frozenset[int]) -> "Nodes":
        """These but for the ones that got their facts and a fence."""
        return Nodes(self.users - put, self.movies - put, self.people - put)

    def settle(self, tx: Transaction) -> None:
        """Of these, just created, keep as stubs those with edges, and remove the rest."""
        run(tx, SETTLE_USERS, ids=sorted(self.users))
        run(tx, SETTLE_MOVIES, ids=sorted(self.movies))
        run(tx, SETTLE_PEOPLE, ids=sorted(self.people))


def mark_above_floor(tx: Transaction, fence: int) -> None:
    """Leave the fence of this write in a mark, which commits with it.

    FenceBelowFloor when the tombstones are gone that would refuse the write.
    """
    floor = tx.run(FLOOR, fence=fence, slot=fence % MARKS).single()
    if floor is None:
        raise StoreUnavailable(STORE, "It has no schema yet: run manage.py sync_schemas.")
    if fence < floor["fence"]:
        raise FenceBelowFloor


def run(tx: Transaction, query: LiteralString, /, **parameters: Any) -> list[Row]:
    """The rows of one statement, whose one list parameter goes in at most `BATCH` at a time."""
    ((name, values),) = [
        (name, value) for name, value in parameters.items() if isinstance(value, list)
    ]
    found: list[Row] = []
    for part in chunks(values, BATCH):
        found += tx.run(query, {**parameters, name: part}).data()
    return found


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def numbers(rows: Iterable[Row]) -> frozenset[int]:
    """The `ids` of all rows."""
    return frozenset(number for row in rows for number in row["ids"])


def _buried(tx: Transaction, kind: str, ids: Iterable[int]) -> frozenset[int]:
    keys = {f"{kind}:{number}": number for number in ids}
    return frozenset(keys[row["key"]] for row in run(tx, BURIED, keys=list(keys)))
