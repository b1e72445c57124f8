"""What the graph says for recommendations: whose taste leads to a film, and through what.

Hubs are capped everywhere: the newest likes of a member, some likers of a film, the newest follows.
"""

from apps.graph.driver import Bolt, Question, Row
from apps.graph.types import ByPerson, Evidence, LikedByAgreeing, LikedByFollowees, Liker

LIKED_BY_FOLLOWEES = """
MATCH (me:User {id: $user_id})-[follow:FOLLOWS]->(friend:User)
WITH me, friend, follow ORDER BY follow.since DESC LIMIT 200
CALL (friend) {
    MATCH (friend)-[like:LIKED]->(film:Movie)
    RETURN film, like.stars AS stars ORDER BY like.rated_at DESC LIMIT 100
}
WITH me, film, count(*) AS friends, avg(stars) AS stars,
    collect({user_id: friend.id, stars: stars})[..20] AS likers
ORDER BY friends DESC, stars DESC, film.id DESC
WHERE NOT EXISTS { (me)-[:LIKED]->(film) }
LIMIT $limit
RETURN collect({movie_id: film.id, stars: stars, likers: likers}) AS followees
"""

LIKED_BY_PEOPLE_WHO_AGREE = """
MATCH (me:User {id: $user_id})-[mine:LIKED]->(seed:Movie)
WITH me, seed ORDER BY mine.rated_at DESC LIMIT 100
WITH me, collect(seed) AS seeds
UNWIND seeds AS seed
CALL (me, seed) {
    MATCH (seed)<-[:LIKED]-(other:User) WHERE other <> me
    RETURN other LIMIT 200
}
WITH me, size(seeds) AS likes, other, count(*) AS shared
WHERE shared >= 3
WITH me, other, shared / sqrt(1.0 * likes * COUNT { (other)-[:LIKED]->() }) AS agreement
ORDER BY agreement DESC, other.id LIMIT 50
CALL (other) {
    MATCH (other)-[like:LIKED]->(film:Movie)
    RETURN film ORDER BY like.rated_at DESC LIMIT 100
}
WITH me, film, sum(agreement) AS weight, collect(other.id)[..20] AS user_ids
ORDER BY weight DESC, film.id DESC
WHERE NOT EXISTS { (me)-[:LIKED]->(film) }
LIMIT $limit
RETURN collect({movie_id: film.id, user_ids: user_ids, weight: weight}) AS agreeing
"""

BY_PEOPLE_I_RATE_HIGHLY = """
MATCH (me:User {id: $user_id})-[mine:LIKED]->(seed:Movie)
WITH me, seed ORDER BY mine.rated_at DESC LIMIT 200
MATCH (seed)<-[credit:ACTED_IN|DIRECTED]-(person:Person)
WITH me, person, type(credit) AS part, collect(seed.id) AS seeds
WHERE part = 'DIRECTED' OR size(seeds) >= 2
WITH me, person, part, seeds,
    size(seeds) * CASE part WHEN 'DIRECTED' THEN 2.0 ELSE 1.0 END AS weight
ORDER BY weight DESC, person.id LIMIT 100
CALL (person, part) {
    MATCH (person)-[credit:ACTED_IN|DIRECTED]->(film:Movie) WHERE type(credit) = part
    RETURN film LIMIT 50
}
WITH me, film, weight, {
    person_id: person.id, name: person.name, seed_movie_ids: seeds[..5],
    role: CASE part WHEN 'DIRECTED' THEN 'director' ELSE 'actor' END
} AS maker
ORDER BY weight DESC
WITH me, film, sum(weight) AS weight, collect(maker)[0] AS maker
ORDER BY weight DESC, film.id DESC
WHERE NOT EXISTS { (me)-[:LIKED]->(film) }
LIMIT $limit
RETURN collect({movie_id: film.id, weight: weight, maker: maker}) AS people
"""
"""An actor needs two liked films to count, a director one; a director's films weigh double."""

RECOMMENDATION_EVIDENCE = (
    "CALL () {" + LIKED_BY_FOLLOWEES + "}"
    "CALL () {" + LIKED_BY_PEOPLE_WHO_AGREE + "}"
    "CALL () {" + BY_PEOPLE_I_RATE_HIGHLY + "}"
    "RETURN followees, agreeing, people"
)
"""The three above in one round trip, which costs more than they do."""

EVIDENCE_QUESTIONS: tuple[Question, ...] = ((RECOMMENDATION_EVIDENCE, {"user_id": -1, "limit": 1}),)
"""What visitors wait for, with parameters that find nothing."""

SOME_MEMBERS = """
MATCH (member:User) WHERE EXISTS { (member)-[:LIKED]->() }
WITH member ORDER BY rand() LIMIT $limit
RETURN member.id AS id
"""


class EvidenceReads:
    """What leads to films that a member may like, in one query within the read deadline."""

    bolt: Bolt

    def recommendation_evidence(self, user_id: int, limit: int) -> Evidence:
        """What followees like, what people who agree like, what their makers made: `limit` each."""
        (row,) = self.bolt.read(RECOMMENDATION_EVIDENCE, user_id=user_id, limit=limit)
        return Evidence(
            followees=tuple(_followees(film) for film in row["followees"]),
            agreeing=tuple(_agreeing(film) for film in row["agreeing"]),
            people=tuple(_by_person(film) for film in row["people"]),
        )

    def keep_warm(self, members: int) -> int:
        """Ask for some members' evidence without a deadline; gives how many there were.

        A server that was just started, or had nothing to do, would miss the visitors' deadline.
        """
        rows = self.bolt.read_slowly(SOME_MEMBERS, limit=members)
        for row in rows:
            self.bolt.read_slowly(RECOMMENDATION_EVIDENCE, user_id=row["id"], limit=100)
        return len(rows)


def _followees(film: Row) -> LikedByFollowees:
    likers = tuple(Liker(**liker) for liker in film["likers"])
    return LikedByFollowees(film["movie_id"], likers, film["stars"])


def _agreeing(film: Row) -> LikedByAgreeing:
    return LikedByAgreeing(film["movie_id"], tuple(film["user_ids"]), film["weight"])


def _by_person(film: Row) -> ByPerson:
    maker = film["maker"]
    return ByPerson(
        movie_id=film["movie_id"],
        person_id=maker["person_id"],
        name=maker["name"],
        role=maker["role"],
        seed_movie_ids=tuple(maker["seed_movie_ids"]),
        weight=film["weight"],
    )
