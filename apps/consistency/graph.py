"""What is really in Neo4j, read from nodes and edges by the checker's own Cypher."""

from collections.abc import Callable, Iterator
from typing import Any

from neo4j import READ_ACCESS, Driver

from apps.consistency.owners import Fact, Owners

MEMBERS = """
MATCH (u:User) WHERE $first <= u.id <= $last
RETURN u.id AS owner, [[u.username, u.is_sample]] AS facts
"""

FOLLOWS = """
MATCH (a:User)-[f:FOLLOWS]->(b:User) WHERE $first <= a.id <= $last
RETURN a.id AS owner, collect([b.id, f.since.epochMillis]) AS facts
"""

FILMS = """
MATCH (m:Movie) WHERE $first <= m.id <= $last
RETURN m.id AS owner, [[m.title, m.year]] AS facts
"""

FILM_GENRES = """
MATCH (m:Movie)-[:IN_GENRE]->(g:Genre) WHERE $first <= m.id <= $last
RETURN m.id AS owner, collect([g.name]) AS facts
"""

PEOPLE = """
MATCH (p:Person) WHERE $first <= p.id <= $last
RETURN p.id AS owner, [[p.name]] AS facts
"""

CREDITS = """
MATCH (m:Movie)<-[c:ACTED_IN|DIRECTED]-(p:Person) WHERE $first <= m.id <= $last
RETURN m.id AS owner, collect([type(c), p.id, c.position]) AS facts
"""

LIKES = """
MATCH (u:User)-[l:LIKED]->(m:Movie) WHERE $first <= u.id <= $last
RETURN u.id AS owner, collect([m.id, l.stars, l.rated_at.epochMillis]) AS facts
"""

_ROLES = {"ACTED_IN": "actor", "DIRECTED": "director"}

KINDS: dict[str, tuple[str, Callable[[int, list[Any]], Fact]]] = {
    "members": (MEMBERS, lambda user, row: (str(user), _joined(*row))),
    "follows": (FOLLOWS, lambda user, row: (f"{user}:{row[0]}", _joined(row[1]))),
    "films": (FILMS, lambda film, row: (str(film), _joined(*row))),
    "film genres": (FILM_GENRES, lambda film, row: (f"{film}:{row[0]}", "")),
    "people": (PEOPLE, lambda person, row: (str(person), _joined(*row))),
    "credits": (CREDITS, lambda film, row: (f"{film}:{_ROLES[row[0]]}:{row[1]}", _joined(row[2]))),
    "likes": (LIKES, lambda user, row: (f"{user}:{row[0]}", _joined(*row[1:]))),
}


def stored(driver: Driver, kind: str, owners: Owners) -> Iterator[Fact]:
    """The facts of a kind that the graph holds for these owners, streamed."""
    query, fact = KINDS[kind]
    with driver.session(default_access_mode=READ_ACCESS, fetch_size=1_000) as session:
        for owner, facts in session.run(query, first=owners.first, last=owners.last):
            for row in facts:
                yield fact(owner, row)


def _joined(*values: object) -> str:
    """The way in which Postgres prints the same values, `|` between them."""
    return "|".join(_text(value) for value in values)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
