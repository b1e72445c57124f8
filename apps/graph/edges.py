"""Writes of follows and likes: each edge is an object of its own, owned by the member it starts at.

An edge may come before its ends: they get a stub with fence 0, which any put replaces. An end that
has a tombstone means that this edge and that node were read at different times: the edge must be
read again.
"""

from collections.abc import Iterable, Sequence
from typing import LiteralString

from apps.graph.driver import Bolt, Row, Transaction
from apps.graph.locking import BATCH, Touched, check_floor, chunks, grave, run
from apps.movies.selectors import RatingFact, RatingKey
from apps.outbox.fences import Fence
from apps.users.selectors import FollowEdge, FollowKey

PUT_FOLLOWS = """
UNWIND $rows AS row
MATCH (owner:User {id: row.owner})
MATCH (other:User {id: row.other})
OPTIONAL MATCH (grave:Tombstone {key: row.grave})
OPTIONAL MATCH (owner)-[edge:FOLLOWS]->(other)
WITH row, owner, other, grave, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence AND coalesce(grave.fence, -1) < $fence
WITH row, owner, other, grave, edges,
    EXISTS { MATCH (end:Tombstone) WHERE end.key IN row.ends } AS buried
FOREACH (_ IN CASE WHEN buried THEN [] ELSE [1] END |
    FOREACH (twin IN edges[1..] | DELETE twin)
    FOREACH (end IN [node IN [owner, other] WHERE node.fence IS NULL] | SET end.fence = 0)
    FOREACH (_ IN CASE WHEN edges = [] THEN [1] ELSE [] END |
        CREATE (owner)-[:FOLLOWS {since: row.value, fence: $fence}]->(other))
    FOREACH (edge IN edges[..1] | SET edge.since = row.value, edge.fence = $fence)
    DELETE grave)
WITH row, buried WHERE buried
RETURN row.owner AS owner, row.other AS other
"""

DROP_FOLLOWS = """
UNWIND $rows AS row
MATCH (owner:User {id: row.owner})
OPTIONAL MATCH (owner)-[edge:FOLLOWS]->(:User {id: row.other})
WITH row, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence
MERGE (grave:Tombstone {key: row.grave})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
FOREACH (edge IN edges | DELETE edge)
"""

PUT_LIKES = """
UNWIND $rows AS row
MATCH (owner:User {id: row.owner})
MATCH (other:Movie {id: row.other})
OPTIONAL MATCH (grave:Tombstone {key: row.grave})
OPTIONAL MATCH (owner)-[edge:LIKED]->(other)
WITH row, owner, other, grave, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence AND coalesce(grave.fence, -1) < $fence
WITH row, owner, other, grave, edges,
    EXISTS { MATCH (end:Tombstone) WHERE end.key IN row.ends } AS buried
FOREACH (_ IN CASE WHEN buried THEN [] ELSE [1] END |
    FOREACH (twin IN edges[1..] | DELETE twin)
    FOREACH (end IN [node IN [owner, other] WHERE node.fence IS NULL] | SET end.fence = 0)
    FOREACH (_ IN CASE WHEN edges = [] THEN [1] ELSE [] END |
        CREATE (owner)-[:LIKED {stars: row.value, rated_at: row.at, fence: $fence}]->(other))
    FOREACH (edge IN edges[..1] |
        SET edge.stars = row.value, edge.rated_at = row.at, edge.fence = $fence)
    DELETE grave)
WITH row, buried WHERE buried
RETURN row.owner AS owner, row.other AS other
"""

DROP_LIKES = """
UNWIND $rows AS row
MATCH (owner:User {id: row.owner})
OPTIONAL MATCH (owner)-[edge:LIKED]->(:Movie {id: row.other})
WITH row, collect(edge) AS edges, max(edge.fence) AS held
WHERE coalesce(held, -1) < $fence
MERGE (grave:Tombstone {key: row.grave})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
FOREACH (edge IN edges | DELETE edge)
"""


class EdgeWrites:
    """Puts and drops follows and likes. Idempotent; what carries a higher fence stays."""

    bolt: Bolt

    def put_follows(self, follows: Iterable[FollowEdge], fence: Fence) -> list[FollowKey]:
        """Make each follow an edge; gives the (follower, followee) pairs to be read again."""
        rows = [
            {
                **_edge("follow", edge.follower_id, edge.followee_id),
                "ends": [grave("user", edge.follower_id), grave("user", edge.followee_id)],
                "value": edge.since,
            }
            for edge in follows
        ]
        return self._write_edges(PUT_FOLLOWS, rows, fence, to="users")

    def drop_follows(self, keys: Iterable[FollowKey], fence: Fence) -> None:
        """Remove the edges of (follower, followee) pairs, and leave tombstones."""
        rows = [_edge("follow", *key) for key in keys]
        self._write_edges(DROP_FOLLOWS, rows, fence)

    def put_likes(self, likes: Iterable[RatingFact], fence: Fence) -> list[RatingKey]:
        """Make each rating, which must be a like, an edge; gives the pairs to be read again."""
        rows = [
            {
                **_edge("like", like.user_id, like.movie_id),
                "ends": [grave("user", like.user_id), grave("movie", like.movie_id)],
                "value": like.stars,
                "at": like.rated_at,
            }
            for like in likes
        ]
        return self._write_edges(PUT_LIKES, rows, fence, to="movies")

    def drop_likes(self, keys: Iterable[RatingKey], fence: Fence) -> None:
        """Remove the edges of (user, movie) pairs, and leave tombstones."""
        rows = [_edge("like", *key) for key in keys]
        self._write_edges(DROP_LIKES, rows, fence)

    def _write_edges(
        self, query: LiteralString, rows: Sequence[Row], fence: Fence, *, to: str = ""
    ) -> list[tuple[int, int]]:
        """`to` says what edges that are put lead to; a drop needs its owner alone."""
        distinct = {(row["owner"], row["other"]): row for row in rows}
        again: list[tuple[int, int]] = []
        for keys in chunks(sorted(distinct), BATCH):
            part, touched = [distinct[key] for key in keys], _touched(keys, to)

            def work(
                tx: Transaction, part: list[Row] = part, touched: Touched = touched
            ) -> list[Row]:
                check_floor(tx, fence.number)
                touched.lock(tx)
                left = run(tx, query, rows=part, fence=fence.number)
                touched.clean(tx)
                return left

            again += [(row["owner"], row["other"]) for row in self.bolt.write(work)]
        return again


def _edge(kind: str, owner: int, other: int) -> Row:
    return {"owner": owner, "other": other, "grave": grave(kind, owner, other)}


def _touched(keys: Sequence[tuple[int, int]], to: str) -> Touched:
    owners, ends = frozenset(owner for owner, _ in keys), frozenset(end for _, end in keys)
    if to == "users":
        return Touched(users=owners | ends)
    if to == "movies":
        return Touched(users=owners, movies=ends)
    return Touched(users=owners)
