"""What is really in Neo4j, read from nodes and edges by the checker's own Cypher."""

from collections.abc import Callable, Iterator

from neo4j import READ_ACCESS, Driver, Record

from apps.consistency.facts import Fact

_ROLES = {"ACTED_IN": "actor", "DIRECTED": "director"}

QUERIES: dict[str, tuple[str, Callable[[Record], Fact]]] = {
    "members": (
        "MATCH (u:User) RETURN u.id AS id, u.username AS username, u.is_sample AS is_sample",
        lambda row: (str(row["id"]), f"{row['username']}|{str(row['is_sample']).lower()}"),
    ),
    "follows": (
        "MATCH (a:User)-[:FOLLOWS]->(b:User) RETURN a.id AS a, b.id AS b",
        lambda row: (f"{row['a']}:{row['b']}", ""),
    ),
    "films": (
        "MATCH (m:Movie) RETURN m.id AS id, m.title AS title, m.year AS year",
        lambda row: (str(row["id"]), f"{row['title']}|{_text(row['year'])}"),
    ),
    "film genres": (
        "MATCH (m:Movie)-[:IN_GENRE]->(g:Genre) RETURN m.id AS id, g.name AS name",
        lambda row: (f"{row['id']}:{row['name']}", ""),
    ),
    "people": (
        "MATCH (p:Person) RETURN p.id AS id, p.name AS name",
        lambda row: (str(row["id"]), row["name"]),
    ),
    "credits": (
        "MATCH (p:Person)-[c:ACTED_IN|DIRECTED]->(m:Movie) "
        "RETURN m.id AS movie, type(c) AS type, p.id AS person, c.position AS position",
        lambda row: (
            f"{row['movie']}:{_ROLES[row['type']]}:{row['person']}",
            _text(row["position"]),
        ),
    ),
    "likes": (
        "MATCH (u:User)-[l:LIKED]->(m:Movie) RETURN u.id AS u, m.id AS m, l.stars AS stars",
        lambda row: (f"{row['u']}:{row['m']}", f"{row['stars']:.1f}"),
    ),
}


def stored(driver: Driver, kind: str) -> Iterator[Fact]:
    """Every fact of a kind that the graph holds, streamed."""
    query, fact = QUERIES[kind]
    with driver.session(default_access_mode=READ_ACCESS, fetch_size=5_000) as session:
        for row in session.run(query):
            yield fact(row)


def _text(value: object) -> str:
    return "" if value is None else str(value)
