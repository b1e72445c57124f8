"""Writes of members and people: one object is one node."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

from apps.graph.driver import Bolt, Transaction
from apps.graph.locking import BATCH, Nodes, chunks, mark_above_floor, numbers, run
from apps.movies.selectors import PersonName
from apps.outbox.fences import Fence
from apps.users.selectors import Member

PUT_USERS = """
UNWIND $rows AS row
MATCH (user:User {id: row[0]})
OPTIONAL MATCH (grave:Tombstone {key: 'user:' + row[0]})
WITH row, user, grave
WHERE coalesce(user.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
SET user.username = row[1], user.is_sample = row[2], user.fence = $fence
DELETE grave
RETURN collect(row[0]) AS ids
"""

DROP_USERS = """
UNWIND $rows AS row
MATCH (user:User {id: row[0]})
WHERE coalesce(user.fence, -1) < $fence
AND NOT EXISTS { (user)-[edge:FOLLOWS|LIKED]-() WHERE edge.fence > $fence }
MERGE (grave:Tombstone {key: 'user:' + row[0]})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
DETACH DELETE user
"""
"""A newer edge proves that its ends came back after this drop was read: then they stay."""

PUT_PEOPLE = """
UNWIND $rows AS row
MATCH (person:Person {id: row[0]})
OPTIONAL MATCH (grave:Tombstone {key: 'person:' + row[0]})
WITH row, person, grave
WHERE coalesce(person.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
SET person.name = row[1], person.fence = $fence
DELETE grave
RETURN collect(row[0]) AS ids
"""

DROP_PEOPLE = """
UNWIND $rows AS row
MATCH (person:Person {id: row[0]})
WHERE coalesce(person.fence, -1) < $fence
AND NOT EXISTS { (person)-[:ACTED_IN|DIRECTED]->(film:Movie) WHERE film.fence > $fence }
MERGE (grave:Tombstone {key: 'person:' + row[0]})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
DETACH DELETE person
"""
"""A newer film proves that it credits them: they stay, if only as a stub."""


class NodeWrites:
    """Puts and drops members and people. Idempotent; what carries a higher fence stays."""

    def __init__(self, bolt: Bolt) -> None:
        """Writes through this process's connection."""
        self.bolt = bolt

    def put_users(self, members: Iterable[Member], fence: Fence) -> None:
        """Make each member's node what it is now."""
        rows = [[member.id, member.username, member.is_sample] for member in members]
        self._write_nodes("users", PUT_USERS, rows, fence)

    def drop_users(self, user_ids: Iterable[int], fence: Fence) -> None:
        """Remove members with their edges, and leave tombstones."""
        self._write_nodes("users", DROP_USERS, [[number] for number in user_ids], fence)

    def put_people(self, people: Iterable[PersonName], fence: Fence) -> None:
        """Make each person's node what it is now."""
        rows = [[person.id, person.name] for person in people]
        self._write_nodes("people", PUT_PEOPLE, rows, fence)

    def drop_people(self, person_ids: Iterable[int], fence: Fence) -> None:
        """Remove people with their credits, and leave tombstones."""
        self._write_nodes("people", DROP_PEOPLE, [[number] for number in person_ids], fence)

    def _write_nodes(
        self, kind: str, query: LiteralString, rows: Sequence[list[Any]], fence: Fence
    ) -> None:
        for part in chunks(sorted(rows), BATCH):
            touched = Nodes(**{kind: frozenset(row[0] for row in part)})

            def work(
                tx: Transaction, part: Sequence[list[Any]] = part, touched: Nodes = touched
            ) -> None:
                mark_above_floor(tx, fence.number)
                created = touched.lock(tx)
                put = numbers(run(tx, query, rows=list(part), fence=fence.number))
                created.without(put).settle(tx)

            self.bolt.write(work)
