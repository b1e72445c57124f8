"""Whom a member might follow: what the graph knows of people near them, and through what.

Hubs are capped at every step, without an order, so that no more is read than is kept: of one with
20,000 follows some are enough. What a member likes and who must not come, those they
follow first of all, is given: Postgres knows.
"""

from collections.abc import Collection, Sequence

from apps.graph.driver import Bolt, Question
from apps.graph.leads import turned
from apps.graph.types import Acquaintance, SameDirectors, Suggestions, TasteAlike

FOLLOWED_BY_FOLLOWEES = """
MATCH (me:User {id: $user_id})
CALL (me) { MATCH (me)-[:FOLLOWS]->(friend:User) RETURN friend LIMIT 100 }
RETURN collect([friend.id, 1, COLLECT {
    MATCH (friend)-[:FOLLOWS]->(other:User) RETURN other.id LIMIT 50
}]) AS friends
"""

ALIKE = """
UNWIND $given.liked[..100] AS seed_id
MATCH (seed:Movie {id: seed_id})
WITH seed ORDER BY COUNT { (seed)<-[:LIKED]-() }, seed_id LIMIT 30
CALL (seed) { MATCH (seed)<-[:LIKED]-(other:User) RETURN other LIMIT 60 }
WITH other, count(*) AS shared
WHERE shared >= 3 AND other.id <> $user_id AND NOT other.id IN $given.without
WITH other, shared, size($given.liked[..30]) AS mine, COUNT { (other)-[:LIKED]->() } AS theirs
WITH other, shared, shared / sqrt(1.0 * mine * theirs) * shared / (shared + 3.0) AS weight
ORDER BY weight DESC, other.id LIMIT $limit
RETURN collect([other.id, shared, weight]) AS alike
"""
"""The agreement of `evidence.LIKED_BY_PEOPLE_WHO_AGREE`, over the films that fewest like: they tell
most, and the few who like them are all looked at."""

SAME_DIRECTORS = """
UNWIND $given.liked[..100] AS seed_id
MATCH (:Movie {id: seed_id})<-[:DIRECTED]-(director:Person)
WITH director, count(*) AS films ORDER BY films DESC, director.id LIMIT 5
WHERE films >= 2
CALL (director) { MATCH (director)-[:DIRECTED]->(film:Movie) RETURN film LIMIT 10 }
CALL (film) { MATCH (film)<-[:LIKED]-(other:User) RETURN other LIMIT 40 }
WITH other, director, count(*) AS liked
WHERE liked >= 2 AND other.id <> $user_id AND NOT other.id IN $given.without
WITH other, sum(liked) AS liked, collect(director.name) AS names
WITH other, liked, names ORDER BY size(names) DESC, liked DESC, other.id LIMIT $limit
RETURN collect([other.id, liked, names]) AS directors
"""

SUGGESTIONS = (
    "CALL () {" + FOLLOWED_BY_FOLLOWEES + "}"
    "CALL () {" + ALIKE + "}"
    "CALL () {" + SAME_DIRECTORS + "}"
    "RETURN friends, alike, directors"
)

SUGGESTION_QUESTIONS: tuple[Question, ...] = (
    (SUGGESTIONS, {"user_id": -1, "limit": 1, "given": {"liked": [], "without": []}}),
)
"""What visitors wait for, with parameters that find nothing."""

THROUGH = 20
"""Of those who lead to someone, at most."""


class AcquaintanceReads:
    """Questions about people near a member; one query, within the read deadline."""

    bolt: Bolt

    def suggestions(
        self, user_id: int, limit: int, *, liked: Sequence[int], without: Collection[int]
    ) -> Suggestions:
        """People near a member who likes these films, newest first, but for some people.

        At most `limit` of each kind, the nearest first.
        """
        (row,) = self.bolt.read(
            SUGGESTIONS,
            user_id=user_id,
            limit=limit,
            given={"liked": list(liked[:100]), "without": list(without)},
        )
        return Suggestions(
            acquaintances=tuple(
                Acquaintance(pk, friends[:THROUGH])
                for pk, friends, _ in turned(row["friends"], {user_id, *without}, limit)
            ),
            alike=tuple(map(TasteAlike._make, row["alike"])),
            directors=tuple(map(SameDirectors._make, row["directors"])),
        )
