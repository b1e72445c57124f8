"""What really lies in the stores, read past our own code: the tests' own Cypher, ids and keys."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from redis import Redis

from tests.clients import neo4j_at, qdrant_at

GENERATION = "g1"

GRAPH = """
RETURN
    COLLECT { MATCH (n:User) WHERE n.id IN $ids RETURN [n.id, n.username] } AS users,
    COLLECT { MATCH (n:Movie) WHERE n.id IN $ids RETURN [n.id, n.title] } AS films,
    COLLECT { MATCH (n:Person) WHERE n.id IN $ids RETURN [n.id, n.name] } AS people,
    COLLECT { MATCH (a:User)-[e:FOLLOWS]->(b) WHERE a.id IN $ids RETURN [a.id, b.id] } AS follows,
    COLLECT { MATCH (a:User)-[e:LIKED]->(b) WHERE a.id IN $ids RETURN [a.id, b.id, e.stars] }
        AS likes,
    COLLECT { MATCH (a:Person)-[e:ACTED_IN|DIRECTED]->(b:Movie) WHERE b.id IN $ids
        RETURN [b.id, a.id] } AS credits
"""

TRACES = """
CALL () {
    MATCH (node:User|Movie|Person) WHERE node.id IN $ids RETURN properties(node) AS found
    UNION ALL
    MATCH (node:User|Movie|Person)-[edge]-() WHERE node.id IN $ids
    RETURN {type: type(edge)} AS found
    UNION ALL
    MATCH (grave:Tombstone)
    WHERE any(part IN split(grave.key, ':') WHERE toIntegerOrNull(part) IN $ids)
    RETURN properties(grave) AS found
}
RETURN found
"""

BLOCKED = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*) AS n"

STATISTICS = """
SELECT movie_id, ratings, half_stars_sum FROM movies_moviestatistics WHERE movie_id = ANY(%s)
"""


class Eyes:
    """Looks into each store with a client of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        """The addresses of a test process's stores."""
        self._neo4j = neo4j_at(environment)
        self.qdrant = qdrant_at(environment)
        self.valkey = Redis.from_url(environment["REDIS_URL"], decode_responses=True)

    def close(self) -> None:
        """Give the connections back."""
        self._neo4j.close()
        self.qdrant.close()
        self.valkey.close()

    def graph(self, ids: Iterable[int]) -> dict[str, list[list[Any]]]:
        """Nodes with these ids, and edges that start (credits: end) there, each kind sorted."""
        (row,) = self._ask(GRAPH, ids=list(ids))
        return {kind: sorted(found) for kind, found in row.items()}

    def everything(self, ids: Sequence[int]) -> dict[str, Any]:
        """What all stores hold of these ids, but for the fences."""
        return {
            "graph": self.graph(ids),
            "films": _unstamped(self.points("films", ids)),
            "tastes": _unstamped(self.points("tastes", ids)),
            "timelines": {number: self.timeline(number) for number in ids},
            "statistics": self.statistics(ids),
        }

    def traces(self, ids: Iterable[int]) -> list[dict[str, Any]]:
        """Everything in the graph that has to do with these ids, tombstones included."""
        return [row["found"] for row in self._ask(TRACES, ids=list(ids))]

    def blocked_transactions(self) -> int:
        """How many transactions of the graph wait for a lock."""
        return int(self._ask(BLOCKED)[0]["n"])

    def points(self, kind: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The payloads of `films` or `tastes`, tombstones included; `vector` is the vector."""
        records = self.qdrant.retrieve(f"{kind}-{GENERATION}", list(ids), with_vectors=True)
        return {
            int(record.id): {
                **(record.payload or {}),
                **({"vector": record.vector["content"]} if record.vector else {}),
            }
            for record in records
        }

    def timeline(self, user_id: int) -> list[str] | None:
        """The entries of a timeline, newest first; None when it is cold."""
        epoch = self.valkey.get(f"feed:{user_id}:epoch")
        if epoch is None:
            return None
        assert str(epoch).startswith("ready:")
        return list(self.valkey.zrevrange(f"feed:{user_id}:entries", 0, -1))

    def feed_keys(self, user_id: int) -> list[str]:
        """Every key of a member's timeline."""
        return list(self.valkey.scan_iter(f"feed:{user_id}:*"))

    def statistics(self, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
        """For each of these films with a row: ratings, and the sum of their half stars."""
        with connection.cursor() as cursor:
            cursor.execute(STATISTICS, [list(ids)])
            return {row[0]: row[1:] for row in cursor.fetchall()}

    def _ask(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        with self._neo4j.session(database="neo4j") as session:
            return session.run(query, parameters).data()


def _unstamped(points: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {
        number: {name: value for name, value in payload.items() if name != "fence"}
        for number, payload in points.items()
    }
