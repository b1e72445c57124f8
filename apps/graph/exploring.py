"""What the graph says of people who made films, and of what it holds for one member."""

from collections.abc import Sequence

from apps.graph.driver import Bolt, Question
from apps.graph.leads import by_person
from apps.graph.types import ByPerson, Chain, Collaborator, Like

COLLABORATORS = """
MATCH (:Person {id: $person_id})-[:ACTED_IN|DIRECTED]->(film:Movie)
WITH DISTINCT film ORDER BY coalesce(film.year, 0) DESC, film.id DESC LIMIT 500
MATCH (film)<-[:ACTED_IN|DIRECTED]-(other:Person) WHERE other.id <> $person_id
WITH other.id AS person_id, collect(DISTINCT film.id) AS movie_ids
WITH person_id, size(movie_ids) AS shared, movie_ids[..3] AS movie_ids
WHERE shared < $after_shared OR (shared = $after_shared AND person_id > $after_id)
RETURN person_id, shared, movie_ids ORDER BY shared DESC, person_id LIMIT $limit
"""

PATH = """
MATCH (one:Person {id: $one_id}), (other:Person {id: $other_id})
MATCH path = shortestPath((one)-[:ACTED_IN|DIRECTED*..12]-(other))
RETURN [node IN nodes(path) | node.id] AS ids
"""

SHARING_PEOPLE = """
UNWIND $given.movie_ids AS seed_id
MATCH (seed:Movie {id: seed_id})
CALL (seed) {
    MATCH (seed)<-[credit:ACTED_IN|DIRECTED]-(person:Person)
    RETURN person, type(credit) AS part, credit.position AS position
    ORDER BY part DESC, position LIMIT 12
}
WITH person, person.id AS person_id, part, collect(seed_id) AS seeds,
    sum(CASE part WHEN 'DIRECTED' THEN 2.0 ELSE 4.0 / (4 + position) END) AS weight
ORDER BY weight DESC, person_id LIMIT 60
RETURN collect([[person_id, person.name, part, seeds[..5]], weight, COLLECT {
    MATCH (person)-[other:ACTED_IN|DIRECTED]->(shared:Movie) WHERE type(other) = part
    RETURN shared.id LIMIT 50
}]) AS people
"""
"""A director weighs double; of the actors the first-billed weigh most."""

LIKES_OF = """
MATCH (:User {id: $user_id})-[like:LIKED]->(film:Movie)
RETURN film.id AS movie_id, like.stars AS stars ORDER BY movie_id
"""

FOLLOWS_OF = """
MATCH (:User {id: $user_id})-[:FOLLOWS]->(followee:User)
RETURN followee.id AS id ORDER BY id
"""

FIRST = (2**62, 0)
"""The position before the first collaborator: more shared films than anybody has."""


PEOPLE_QUESTIONS: tuple[Question, ...] = (
    (COLLABORATORS, {"person_id": -1, "limit": 1, "after_shared": 0, "after_id": 0}),
    (PATH, {"one_id": -1, "other_id": -2}),
    (SHARING_PEOPLE, {"given": {"movie_ids": []}}),
)
"""What visitors wait for, with parameters that find nothing."""


class PeopleReads:
    """Questions about people; one query each, within the read deadline."""

    bolt: Bolt

    def collaborators(
        self, person_id: int, limit: int, *, after: tuple[int, int] = FIRST
    ) -> list[Collaborator]:
        """Those with whom a person shares most films, of their newest 500; then by id.

        `after` is the (shared, person id) of the last one that is known already.
        """
        rows = self.bolt.read(
            COLLABORATORS,
            person_id=person_id,
            limit=limit,
            after_shared=after[0],
            after_id=after[1],
        )
        return [
            Collaborator(row["person_id"], row["shared"], tuple(row["movie_ids"])) for row in rows
        ]

    def path(self, one_id: int, other_id: int) -> Chain:
        """A shortest chain of films between two people, at most six films; empty without one."""
        if one_id == other_id:
            return Chain((one_id,))
        rows = self.bolt.read(PATH, one_id=one_id, other_id=other_id)
        if not rows:
            return Chain()
        ids = rows[0]["ids"]
        return Chain(tuple(ids[::2]), tuple(ids[1::2]))

    def sharing_people(self, movie_ids: Sequence[int], limit: int) -> tuple[ByPerson, ...]:
        """Films that share directors or leading actors with some films, the most so first."""
        (row,) = self.bolt.read(SHARING_PEOPLE, given={"movie_ids": list(movie_ids)})
        return by_person(row["people"], movie_ids, limit)

    def likes_of(self, user_id: int) -> list[Like]:
        """The films that a member likes, by id; without the visitors' deadline."""
        return [Like(**row) for row in self.bolt.read_slowly(LIKES_OF, user_id=user_id)]

    def follows_of(self, user_id: int) -> list[int]:
        """The members whom a member follows, by id; without the visitors' deadline."""
        return [row["id"] for row in self.bolt.read_slowly(FOLLOWS_OF, user_id=user_id)]
