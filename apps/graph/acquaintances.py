"""Whom a member might follow: what the graph knows of people near them, and through what.

Hubs are capped at every step, without an order, so that no more is read than is kept: of one with
20,000 follows some are enough. What a member likes and who must not come, those they
follow first of all, is given: Postgres knows.
"""

from collections.abc import Collection, Sequence

from apps.graph.driver import Bolt, Question
from apps.graph.types import Acquaintance, SameDirectors, Suggestions, TasteAlike

FOLLOWED_BY_FOLLOWEES = """
MATCH (me:User {id: $user_id})
CALL (me) { MATCH (me)-[:FOLLOWS]->(friend:User) RETURN friend LIMIT 100 }
WITH me, friend, friend.id AS friend_id
CALL (friend) { MATCH (friend)-[:FOLLOWS]->(other:User) RETURN other LIMIT 100 }
WITH me, other, count(*) AS paths, collect(friend_id)[..20] AS through
WHERE other <> me
WITH other.id AS other_id, paths, through
WHERE NOT other_id IN $given.without
WITH other_id, paths, through ORDER BY paths DESC, other_id LIMIT $limit
RETURN collect([other_id, through]) AS acquaintances
"""

ALIKE = """
UNWIND $given.liked[..40] AS seed_id
MATCH (seed:Movie {id: seed_id})
CALL (seed) { MATCH (seed)<-[:LIKED]-(other:User) RETURN other LIMIT 100 }
WITH other, count(*) AS shared
WHERE shared >= 3 AND other.id <> $user_id AND NOT other.id IN $given.without
WITH other, shared, size($given.liked[..40]) AS mine, COUNT { (other)-[:LIKED]->() } AS theirs
WITH other, shared, shared / sqrt(1.0 * mine * theirs) * shared / (shared + 3.0) AS weight
ORDER BY weight DESC, other.id LIMIT $limit
RETURN collect([other.id, shared, weight]) AS alike
"""
"""The agreement of `evidence.LIKED_BY_PEOPLE_WHO_AGREE`, over fewer films and likers."""

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
    "RETURN acquaintances, alike, directors"
)

SUGGESTION_QUESTIONS: tuple[Question, ...] = (
    (SUGGESTIONS, {"user_id": -1, "limit": 1, "given": {"liked": [], "without": []}}),
)
"""What visitors wait for, with parameters that find nothing."""


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
            acquaintances=tuple(map(Acquaintance._make, row["acquaintances"])),
            alike=tuple(map(TasteAlike._make, row["alike"])),
            directors=tuple(map(SameDirectors._make, row["directors"])),
        )
