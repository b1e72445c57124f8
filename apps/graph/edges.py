"""Writes of follows and likes: each edge is an object of its own, owned by the member it starts at.

An edge may come before its ends: they get a stub with fence 0, which any put replaces. An end that
has a tombstone means that this edge and that node were read at different times: the edge must be
read again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, LiteralString

from apps.graph.driver import Bolt, Transaction
from apps.graph.locking import BATCH, Nodes, chunks, mark_above_floor, run
from apps.movies.selectors import RatingFact, RatingKey
from apps.outbox.fences import Fence
from apps.users.selectors import FollowEdge, FollowKey

PUT_FOLLOWS = """
UNWIND $rows AS row
MATCH (owner:User {id: row[0]})
MATCH (other:User {id: row[1]})
OPTIONAL MATCH (grave:Tombstone {key: 'follow:' + row[0] + ':' + row[1]})
OPTIONAL MATCH (owner)-[edge:FOLLOWS]->(other)
WITH row, owner, other, grave, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence AND coalesce(grave.fence, -1) < $fence
FOREACH (twin IN edges[1..] | DELETE twin)
DELETE grave
MERGE (owner)-[put:FOLLOWS]->(other)
SET put.since = datetime({epochMillis: row[2]}), put.fence = $fence
"""

DROP_FOLLOWS = """
UNWIND $rows AS row
MATCH (owner:User {id: row[0]})
OPTIONAL MATCH (owner)-[edge:FOLLOWS]->(:User {id: row[1]})
WITH row, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence
MERGE (grave:Tombstone {key: 'follow:' + row[0] + ':' + row[1]})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
FOREACH (edge IN edges | DELETE edge)
"""

PUT_LIKES = """
UNWIND $rows AS row
MATCH (owner:User {id: row[0]})
MATCH (other:Movie {id: row[1]})
OPTIONAL MATCH (grave:Tombstone {key: 'like:' + row[0] + ':' + row[1]})
OPTIONAL MATCH (owner)-[edge:LIKED]->(other)
WITH row, owner, other, grave, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence AND coalesce(grave.fence, -1) < $fence
FOREACH (twin IN edges[1..] | DELETE twin)
DELETE grave
MERGE (owner)-[put:LIKED]->(other)
SET put.stars = row[2], put.rated_at = datetime({epochMillis: row[3]}), put.fence = $fence
"""

DROP_LIKES = """
UNWIND $rows AS row
MATCH (owner:User {id: row[0]})
OPTIONAL MATCH (owner)-[edge:LIKED]->(:Movie {id: row[1]})
WITH row, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence
MERGE (grave:Tombstone {key: 'like:' + row[0] + ':' + row[1]})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
FOREACH (edge IN edges | DELETE edge)
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

EdgeKey = tuple[int, int]
"""Where an edge starts, which is its owner, and where it ends."""


@dataclass(frozen=True)
class _Kind:
    """The queries of a kind of edge, and what it leads to."""

    put: LiteralString
    drop: LiteralString
    to: Literal["users", "movies"]


class EdgeWrites:
    """Puts and drops follows and likes. Idempotent; what carries a higher fence stays.

    A put takes what is gone with it into its transactions, of which even an empty one costs a
    commit and its locks.
    """

    bolt: Bolt

    def put_follows(
        self, follows: Iterable[FollowEdge], fence: Fence, *, gone: Iterable[FollowKey] = ()
    ) -> list[FollowKey]:
        """Make each follow an edge; gives the (follower, followee) pairs to be read again."""
        rows = [[edge.follower_id, edge.followee_id, _millis(edge.since)] for edge in follows]
        kind = _Kind(PUT_FOLLOWS, DROP_FOLLOWS, to="users")
        return self._write_edges(kind, rows, gone, fence)

    def drop_follows(self, keys: Iterable[FollowKey], fence: Fence) -> None:
        """Remove the edges of (follower, followee) pairs, and leave tombstones."""
        self.put_follows((), fence, gone=keys)

    def put_likes(
        self, likes: Iterable[RatingFact], fence: Fence, *, gone: Iterable[RatingKey] = ()
    ) -> list[RatingKey]:
        """Make each rating, which must be a like, an edge; gives the pairs to be read again."""
        rows = [[like.user_id, like.movie_id, like.stars, _millis(like.rated_at)] for like in likes]
        kind = _Kind(PUT_LIKES, DROP_LIKES, to="movies")
        return self._write_edges(kind, rows, gone, fence)

    def drop_likes(self, keys: Iterable[RatingKey], fence: Fence) -> None:
        """Remove the edges of (user, movie) pairs, and leave tombstones."""
        self.put_likes((), fence, gone=keys)

    def _write_edges(
        self, kind: _Kind, put: Sequence[list[Any]], drop: Iterable[EdgeKey], fence: Fence
    ) -> list[EdgeKey]:
        rows = {(row[0], row[1]): row for row in put}
        again: list[EdgeKey] = []
        for keys in chunks(sorted(rows.keys() | set(drop)), BATCH):
            there = [rows[key] for key in keys if key in rows]
            gone = [[*key] for key in keys if key not in rows]
            again += self.bolt.write(partial(_write, kind, there, gone, fence.number))
        return again


def _write(
    kind: _Kind,
    put: Sequence[list[Any]],
    drop: Sequence[list[int]],
    fence: int,
    tx: Transaction,
) -> list[EdgeKey]:
    """One transaction; gives the edges to be read again."""
    mark_above_floor(tx, fence)
    created = _touched(kind, put, drop).lock(tx)
    late = _late(kind, put, created.buried(tx))
    run(tx, kind.put, rows=[row for row in put if (row[0], row[1]) not in late], fence=fence)
    run(tx, kind.drop, rows=drop, fence=fence)
    created.settle(tx)
    return sorted(late)


def _touched(kind: _Kind, put: Sequence[list[Any]], drop: Sequence[list[int]]) -> Nodes:
    """A put needs both ends of its edge, a drop the owner alone."""
    owners = frozenset(row[0] for row in (*put, *drop))
    ends = frozenset(row[1] for row in put)
    return Nodes(users=owners | ends) if kind.to == "users" else Nodes(users=owners, movies=ends)


def _late(kind: _Kind, put: Sequence[list[Any]], buried: Nodes) -> set[EdgeKey]:
    """The edges with an end among these."""
    ends = buried.users if kind.to == "users" else buried.movies
    return {(row[0], row[1]) for row in put if row[0] in buried.users or row[1] in ends}


def _millis(moment: datetime) -> int:
    """The driver takes a tenth of a millisecond to pack a datetime, and nothing for a number."""
    return (moment - _EPOCH) // _MILLISECOND
