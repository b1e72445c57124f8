"""What the graph says for recommendations: whose taste leads to a film, and through what.

Hubs are capped everywhere: the newest likes of a member, some likers of a film, the newest follows.
What the member likes, must not be shown, and of whom nothing may be told is given: Postgres knows
it to the last second.
"""

from collections.abc import Collection, Sequence

from apps.graph.driver import Bolt, Question, Row
from apps.graph.leads import by_person, turned
from apps.graph.types import (
    Agreeing,
    Evidence,
    LikedByAgreeing,
    LikedByFollowees,
    LikedByFurther,
    Liker,
    Through,
)

LIKED_BY_FOLLOWEES = """
MATCH (:User {id: $user_id})-[follow:FOLLOWS]->(friend:User)
WHERE NOT friend.id IN $given.hidden
WITH friend, follow ORDER BY follow.since DESC LIMIT 150
WITH friend, friend.id AS friend_id
CALL (friend) {
    MATCH (friend)-[like:LIKED]->(film:Movie)
    RETURN film, like.stars AS stars ORDER BY like.rated_at DESC LIMIT 60
}
WITH film, count(*) AS friends, avg(stars) AS stars,
    collect([friend_id, stars])[..20] AS likers
WHERE NOT film.id IN $given.without
WITH film, friends, stars, likers ORDER BY friends DESC, stars DESC, film.id DESC LIMIT $limit
RETURN collect({movie_id: film.id, stars: stars, likers: likers}) AS followees
"""

LIKED_BY_THEIR_FOLLOWEES = """
MATCH (me:User {id: $user_id})-[follow:FOLLOWS]->(friend:User)
WHERE NOT friend.id IN $given.hidden
WITH me, friend, follow ORDER BY follow.since DESC LIMIT 30
CALL (me, friend) {
    MATCH (friend)-[further:FOLLOWS]->(other:User) WHERE other <> me
    RETURN other ORDER BY further.since DESC LIMIT 30
}
WITH me, other, collect(friend.id) AS through
WHERE NOT EXISTS { (me)-[:FOLLOWS]->(other) }
WITH other, other.id AS other_id, through ORDER BY size(through) DESC, other_id LIMIT 20
RETURN collect([[other_id, through[..10]], size(through), COLLECT {
    MATCH (other)-[like:LIKED]->(film:Movie)
    RETURN film.id ORDER BY like.rated_at DESC LIMIT 30
}]) AS further
"""

LIKED_BY_PEOPLE_WHO_AGREE = """
UNWIND $given.liked[..40] AS seed_id
MATCH (seed:Movie {id: seed_id})
CALL (seed) {
    MATCH (seed)<-[:LIKED]-(other:User)
    RETURN other LIMIT 150
}
WITH other, count(*) AS shared
WHERE shared >= 3 AND other.id <> $user_id
WITH other, shared, size($given.liked[..40]) AS mine, COUNT { (other)-[:LIKED]->() } AS theirs
WITH other, other.id AS other_id,
    shared / sqrt(1.0 * mine * theirs) * shared / (shared + 3.0) AS agreement
ORDER BY agreement DESC, other_id LIMIT 20
RETURN collect([[other_id, agreement], agreement, COLLECT {
    MATCH (other)-[like:LIKED]->(film:Movie)
    RETURN film.id ORDER BY like.rated_at DESC LIMIT 30
}]) AS agreeing
"""
"""Agreement is the cosine of the liked films, times the confidence in it: three shared films are
worth half of what very many would be."""

BY_PEOPLE_I_RATE_HIGHLY = """
UNWIND $given.liked[..100] AS seed_id
MATCH (seed:Movie {id: seed_id})<-[credit:ACTED_IN|DIRECTED]-(person:Person)
WITH person, type(credit) AS part, collect(DISTINCT seed_id) AS seeds
WHERE part = 'DIRECTED' OR size(seeds) >= 2
WITH person, person.id AS person_id, part, seeds, size(seeds) * size(seeds) / (size(seeds) + 1.0)
    * CASE part WHEN 'DIRECTED' THEN 2.0 ELSE 1.0 END AS weight
ORDER BY weight DESC, person_id LIMIT 40
RETURN collect([[person_id, person.name, part, seeds[..5]], weight, COLLECT {
    MATCH (person)-[credit:ACTED_IN|DIRECTED]->(film:Movie) WHERE type(credit) = part
    RETURN film.id LIMIT 40
}]) AS people
"""
"""An actor needs two liked films to count, a director one; a director's films weigh double. The
n-th film counts n / (n + 1) more: one alone may be chance."""

RECOMMENDATION_EVIDENCE = (
    "CALL () {" + LIKED_BY_FOLLOWEES + "}"
    "CALL () {" + LIKED_BY_THEIR_FOLLOWEES + "}"
    "CALL () {" + LIKED_BY_PEOPLE_WHO_AGREE + "}"
    "CALL () {" + BY_PEOPLE_I_RATE_HIGHLY + "}"
    "RETURN followees, further, agreeing, people"
)
"""The four above in one round trip, which costs more than they do."""

EVIDENCE_QUESTIONS: tuple[Question, ...] = (
    (
        RECOMMENDATION_EVIDENCE,
        {"user_id": -1, "limit": 1, "given": {"liked": [], "without": [], "hidden": []}},
    ),
)
"""What visitors wait for, with parameters that find nothing."""

SOME_MEMBERS = """
MATCH (member:User) WHERE EXISTS { (member)-[:LIKED]->() }
WITH member ORDER BY rand() LIMIT $limit
RETURN member.id AS id, COLLECT {
    MATCH (member)-[like:LIKED]->(film:Movie)
    RETURN film.id ORDER BY like.rated_at DESC LIMIT 100
} AS liked
"""


class EvidenceReads:
    """Questions about a member's taste; one query each, within the read deadline."""

    bolt: Bolt

    def recommendation_evidence(
        self,
        user_id: int,
        limit: int,
        *,
        liked: Sequence[int],
        without: Collection[int],
        hidden: Collection[int] = (),
    ) -> Evidence:
        """All there is for a member who likes these films, newest first, but for some films.

        One round trip; at most `limit` films of each kind. Whom they follow leads to nothing if
        `hidden`.
        """
        (row,) = self.bolt.read(
            RECOMMENDATION_EVIDENCE,
            user_id=user_id,
            limit=limit,
            given={
                "liked": list(liked[:100]),
                "without": list(without),
                "hidden": list(hidden),
            },
        )
        return Evidence(
            followees=tuple(_followees(film) for film in row["followees"]),
            further=tuple(
                LikedByFurther(pk, tuple(map(Through._make, likers)))
                for pk, likers, _ in turned(row["further"], without, limit)
            ),
            agreeing=tuple(
                LikedByAgreeing(pk, tuple(map(Agreeing._make, likers)))
                for pk, likers, _ in turned(row["agreeing"], without, limit)
            ),
            people=by_person(row["people"], without, limit),
        )

    def keep_warm(self, members: int) -> int:
        """Ask for some members' evidence without a deadline; gives how many there were.

        A server that was just started, or had nothing to do, would miss the visitors' deadline.
        """
        rows = self.bolt.read_slowly(SOME_MEMBERS, limit=members)
        for row in rows:
            self.bolt.read_slowly(
                RECOMMENDATION_EVIDENCE,
                user_id=row["id"],
                limit=100,
                given={"liked": row["liked"], "without": row["liked"], "hidden": []},
            )
        return len(rows)


def _followees(film: Row) -> LikedByFollowees:
    likers = tuple(Liker(*liker) for liker in film["likers"])
    return LikedByFollowees(film["movie_id"], likers, film["stars"])
