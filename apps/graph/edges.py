"""Writes of follows and likes: each edge is an object of its own, owned by the member it starts at.

An edge may come before its ends: they get a stub with fence 0, which any put replaces. An end that
has a tombstone means that this edge and that node were read at different times: the edge must be
read again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

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


class EdgeWrites:
    """Puts and drops follows and likes. Idempotent; what carries a higher fence stays."""

    bolt: Bolt

    def put_follows(self, follows: Iterable[FollowEdge], fence: Fence) -> list[FollowKey]:
        """Make each follow an edge; gives the (follower, followee) pairs to be read again."""
        rows = [[edge.follower_id, edge.followee_id, _millis(edge.since)] for edge in follows]
        return self._write_edges(PUT_FOLLOWS, rows, fence, to="users")

    def drop_follows(self, keys: Iterable[FollowKey], fence: Fence) -> None:
        """Remove the edges of (follower, followee) pairs, and leave tombstones."""
        self._write_edges(DROP_FOLLOWS, [[*key] for key in keys], fence)

    def put_likes(self, likes: Iterable[RatingFact], fence: Fence) -> list[RatingKey]:
        """Make each rating, which must be a like, an edge; gives the pairs to be read again."""
        rows = [[like.user_id, like.movie_id, like.stars, _millis(like.rated_at)] for like in likes]
        return self._write_edges(PUT_LIKES, rows, fence, to="movies")

    def drop_likes(self, keys: Iterable[RatingKey], fence: Fence) -> None:
        """Remove the edges of (user, movie) pairs, and leave tombstones."""
        self._write_edges(DROP_LIKES, [[*key] for key in keys], fence)

    def _write_edges(
        self, query: LiteralString, rows: Sequence[list[Any]], fence: Fence, *, to: str = ""
    ) -> list[tuple[int, int]]:
        """`to` says what edges that are put lead to; a drop needs its owner alone."""
        distinct = {(row[0], row[1]): row for row in rows}
        again: list[tuple[int, int]] = []
        for keys in chunks(sorted(distinct), BATCH):
            touched = _ends(keys, to)

            def work(
                tx: Transaction,
                keys: Sequence[tuple[int, int]] = keys,
                touched: Nodes = touched,
            ) -> list[tuple[int, int]]:
                mark_above_floor(tx, fence.number)
                created = touched.lock(tx)
                late = _leading_to(keys, created.buried(tx), to) if to else set()
                apply = [distinct[key] for key in keys if key not in late]
                run(tx, query, rows=apply, fence=fence.number)
                created.settle(tx)
                return sorted(late)

            again += self.bolt.write(work)
        return again


def _millis(moment: datetime) -> int:
    """The driver takes a tenth of a millisecond to pack a datetime, and nothing for a number."""
    return (moment - _EPOCH) // _MILLISECOND


def _ends(keys: Sequence[tuple[int, int]], to: str) -> Nodes:
    owners, ends = frozenset(owner for owner, _ in keys), frozenset(end for _, end in keys)
    if to == "users":
        return Nodes(users=owners | ends)
    return Nodes(users=owners, movies=ends if to == "movies" else frozenset())


def _leading_to(keys: Sequence[tuple[int, int]], buried: Nodes, to: str) -> set[tuple[int, int]]:
    """The edges with an end among these."""
    ends = buried.users if to == "users" else buried.movies
    return {key for key in keys if key[0] in buried.users or key[1] in ends}
