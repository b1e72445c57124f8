"""Writes of members and people: one object is one node."""

from collections.abc import Iterable, Sequence
from typing import LiteralString

from apps.graph.driver import Bolt, Row, Transaction
from apps.graph.locking import BATCH, Touched, check_floor, chunks, grave, run
from apps.movies.selectors import PersonName
from apps.outbox.fences import Fence
from apps.users.selectors import Member

PUT_USERS = """
UNWIND $rows AS row
MATCH (user:User {id: row.id})
OPTIONAL MATCH (grave:Tombstone {key: row.grave})
WITH row, user, grave
WHERE coalesce(user.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
SET user.username = row.username, user.is_sample = row.is_sample, user.fence = $fence
DELETE grave
"""

DROP_USERS = """
UNWIND $rows AS row
MATCH (user:User {id: row.id})
WHERE coalesce(user.fence, -1) < $fence
AND NOT EXISTS { (user)-[edge:FOLLOWS|LIKED]-() WHERE edge.fence > $fence }
MERGE (grave:Tombstone {key: row.grave})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
DETACH DELETE user
"""
"""A newer edge proves that its ends came back after this drop was read: then they stay."""

PUT_PEOPLE = """
UNWIND $rows AS row
MATCH (person:Person {id: row.id})
OPTIONAL MATCH (grave:Tombstone {key: row.grave})
WITH row, person, grave
WHERE coalesce(person.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
SET person.name = row.name, person.fence = $fence
DELETE grave
"""

DROP_PEOPLE = """
UNWIND $rows AS row
MATCH (person:Person {id: row.id})
WHERE coalesce(person.fence, -1) < $fence
MERGE (grave:Tombstone {key: row.grave})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
DETACH DELETE person
"""


class NodeWrites:
    """Puts and drops members and people. Idempotent; what carries a higher fence stays."""

    def __init__(self, bolt: Bolt) -> None:
        """Writes through this process's connection."""
        self.bolt = bolt

    def put_users(self, members: Iterable[Member], fence: Fence) -> None:
        """Make each member's node what it is now."""
        rows = [
            {
                "id": member.id,
                "grave": grave("user", member.id),
                "username": member.username,
                "is_sample": member.is_sample,
            }
            for member in members
        ]
        self._write_nodes("users", PUT_USERS, rows, fence)

    def drop_users(self, user_ids: Iterable[int], fence: Fence) -> None:
        """Remove members with their edges, and leave tombstones."""
        rows: list[Row] = [{"id": number, "grave": grave("user", number)} for number in user_ids]
        self._write_nodes("users", DROP_USERS, rows, fence)

    def put_people(self, people: Iterable[PersonName], fence: Fence) -> None:
        """Make each person's node what it is now."""
        rows = [
            {"id": person.id, "grave": grave("person", person.id), "name": person.name}
            for person in people
        ]
        self._write_nodes("people", PUT_PEOPLE, rows, fence)

    def drop_people(self, person_ids: Iterable[int], fence: Fence) -> None:
        """Remove people with their credits, and leave tombstones."""
        rows: list[Row] = [
            {"id": number, "grave": grave("person", number)} for number in person_ids
        ]
        self._write_nodes("people", DROP_PEOPLE, rows, fence)

    def _write_nodes(
        self, kind: str, query: LiteralString, rows: Sequence[Row], fence: Fence
    ) -> None:
        for part in chunks(sorted(rows, key=lambda row: row["id"]), BATCH):
            touched = Touched(**{kind: frozenset(row["id"] for row in part)})

            def work(
                tx: Transaction, part: Sequence[Row] = part, touched: Touched = touched
            ) -> None:
                check_floor(tx, fence.number)
                touched.lock(tx)
                run(tx, query, rows=list(part), fence=fence.number)
                touched.clean(tx)

            self.bolt.write(work)
