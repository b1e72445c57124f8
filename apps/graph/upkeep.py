"""The floor, the sweep and the purge: what keeps the graph from growing for ever."""

from datetime import datetime
from typing import Any

from apps.graph.driver import Bolt, Transaction
from apps.graph.locking import BATCH
from apps.graph.types import Counts

RAISE_FLOOR = """
MATCH (floor:Floor {id: 1})
SET floor.lock = true
SET floor.fence = CASE WHEN floor.fence < $fence THEN $fence ELSE floor.fence END
"""

OLDER_TRANSACTIONS = """
SHOW TRANSACTIONS YIELD transactionId, startTime, currentQueryId
WHERE datetime(startTime) <= $moment
RETURN count(*) AS running
"""

NOW = "RETURN datetime() AS moment"

PURGE = """
MATCH (grave:Tombstone) WHERE grave.fence < $fence
WITH grave LIMIT $limit
DELETE grave
RETURN count(*) AS purged
"""

IS_EMPTY = "RETURN NOT EXISTS { (:User) } AND NOT EXISTS { (:Movie) } AS empty"

OLD_USERS = "MATCH (node:User) WHERE node.fence < $fence RETURN node.id AS id"
OLD_MOVIES = "MATCH (node:Movie) WHERE node.fence < $fence RETURN node.id AS id"
OLD_PEOPLE = "MATCH (node:Person) WHERE node.fence < $fence RETURN node.id AS id"

OLD_FOLLOWS = """
MATCH (owner:User)-[edge:FOLLOWS]->(other:User) WHERE edge.fence < $fence
RETURN owner.id AS owner, other.id AS other
"""

OLD_LIKES = """
MATCH (owner:User)-[edge:LIKED]->(other:Movie) WHERE edge.fence < $fence
RETURN owner.id AS owner, other.id AS other
"""

DROP_EMPTY_GENRES = """
MATCH (genre:Genre) WHERE NOT EXISTS { (genre)<-[:IN_GENRE]-() }
SET genre.lock = true
WITH genre WHERE NOT EXISTS { (genre)<-[:IN_GENRE]-() }
DELETE genre
"""

COUNTS = """
RETURN COUNT { (:User) } AS users, COUNT { (:Movie) } AS movies, COUNT { (:Person) } AS people,
    COUNT { (:Genre) } AS genres, COUNT { ()-[:FOLLOWS]->() } AS follows,
    COUNT { ()-[:LIKED]->() } AS likes, COUNT { ()-[:ACTED_IN]->() } AS acted_in,
    COUNT { ()-[:DIRECTED]->() } AS directed, COUNT { ()-[:IN_GENRE]->() } AS in_genre,
    COUNT { (:Tombstone) } AS tombstones
"""

HIGHEST_FENCE = "MATCH (node:Mark|Floor) RETURN coalesce(max(node.fence), 0) AS fence"

HIGHEST_IDS = """
CALL () {
    MATCH (node:User) RETURN 'user' AS kind, max(node.id) AS id
    UNION ALL MATCH (node:Movie) RETURN 'movie' AS kind, max(node.id) AS id
    UNION ALL MATCH (node:Person) RETURN 'person' AS kind, max(node.id) AS id
    UNION ALL
    MATCH (grave:Tombstone)
    WITH split(grave.key, ':') AS parts WHERE parts[0] IN ['user', 'movie', 'person']
    RETURN parts[0] AS kind, max(toInteger(parts[1])) AS id
}
RETURN kind, max(id) AS id
"""

TABLES = {"user": "users_user", "movie": "movies_movie", "person": "movies_person"}


class Upkeep:
    """What only a rebuild, an operator or a test asks of the graph."""

    bolt: Bolt

    def counts(self) -> Counts:
        """How much of each kind there is."""
        (row,) = self.bolt.read_slowly(COUNTS)
        return Counts(**row)

    def is_empty(self) -> bool:
        """Whether there is neither a member nor a film."""
        return bool(self.bolt.read_slowly(IS_EMPTY)[0]["empty"])

    def highest_fence(self) -> int:
        """The high-water mark: no draw may be at or below it."""
        return self.bolt.write(lambda tx: int(tx.run(HIGHEST_FENCE).single(strict=True)["fence"]))

    def highest_ids(self) -> dict[str, int]:
        """The highest id that a node or a tombstone has, by table."""
        rows = self.bolt.read_slowly(HIGHEST_IDS)
        return {TABLES[row["kind"]]: int(row["id"] or 0) for row in rows}

    def raise_floor(self, fence: int) -> None:
        """From now on refuse every write below this fence."""
        self.bolt.write(lambda tx: tx.run(RAISE_FLOOR, fence=fence).consume() and None)

    def moment(self) -> Any:
        """The server's time."""
        return self.bolt.read_slowly(NOW)[0]["moment"]

    def transactions_since(self, moment: datetime) -> int:
        """How many transactions run that began at or before a moment of the server's time."""
        return int(self.bolt.read_slowly(OLDER_TRANSACTIONS, moment=moment)[0]["running"])

    def purge_tombstones(self, fence: int) -> int:
        """Remove up to a thousand tombstones below the floor; gives how many there were."""

        def work(tx: Transaction) -> int:
            row = tx.run(PURGE, fence=fence, limit=BATCH).single(strict=True)
            return int(row["purged"])

        return self.bolt.write(work)

    def old_users(self, fence: int) -> list[int]:
        """Members whose node was not put at this fence or above."""
        return [row["id"] for row in self.bolt.read_slowly(OLD_USERS, fence=fence)]

    def old_movies(self, fence: int) -> list[int]:
        """Films that were not put at this fence or above."""
        return [row["id"] for row in self.bolt.read_slowly(OLD_MOVIES, fence=fence)]

    def old_people(self, fence: int) -> list[int]:
        """People whose node was not put at this fence or above."""
        return [row["id"] for row in self.bolt.read_slowly(OLD_PEOPLE, fence=fence)]

    def old_follows(self, fence: int) -> list[tuple[int, int]]:
        """Follows that were not put at this fence or above."""
        rows = self.bolt.read_slowly(OLD_FOLLOWS, fence=fence)
        return [(row["owner"], row["other"]) for row in rows]

    def old_likes(self, fence: int) -> list[tuple[int, int]]:
        """Likes that were not put at this fence or above."""
        rows = self.bolt.read_slowly(OLD_LIKES, fence=fence)
        return [(row["owner"], row["other"]) for row in rows]

    def drop_empty_genres(self) -> None:
        """Remove genres that no film has."""
        self.bolt.write(lambda tx: tx.run(DROP_EMPTY_GENRES).consume() and None)
