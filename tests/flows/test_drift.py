"""A thousand facts spoilt behind the projectors' back: all are found and mended, and no others."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from neo4j import Driver
from qdrant_client import QdrantClient

from infra.demo import Member
from tests.clients import neo4j_at, qdrant_at
from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)

SEED = 20_260_101
EACH = 100

SPOIL: list[tuple[str, str, str]] = [
    ("likes", "missing", "MATCH (u:User)-[l:LIKED]->(m) WHERE [u.id, m.id] IN $chosen DELETE l"),
    (
        "likes",
        "stale",
        "MATCH (u:User)-[l:LIKED]->(m) WHERE [u.id, m.id] IN $chosen SET l.stars = l.stars - 0.25",
    ),
    (
        "likes",
        "duplicate",
        "MATCH (u:User)-[l:LIKED]->(m) WHERE [u.id, m.id] IN $chosen"
        " CREATE (u)-[twin:LIKED]->(m) SET twin = l",
    ),
    ("follows", "missing", "MATCH (u)-[f:FOLLOWS]->(v) WHERE [u.id, v.id] IN $chosen DELETE f"),
    (
        "follows",
        "extra",
        "UNWIND $chosen AS pair MATCH (u:User {id: pair[0]}), (v:User {id: pair[1]})"
        " CREATE (v)-[:FOLLOWS {since: datetime(), fence: 0}]->(u)",
    ),
    ("films", "stale", "MATCH (m:Movie) WHERE m.id IN $chosen SET m.title = m.title + '?'"),
    (
        "film genres",
        "extra",
        "MERGE (g:Genre {name: 'Of no film'}) WITH g MATCH (m:Movie) WHERE m.id IN $chosen"
        " CREATE (m)-[:IN_GENRE]->(g)",
    ),
    ("people", "stale", "MATCH (p:Person) WHERE p.id IN $chosen SET p.name = p.name + '?'"),
]
OBJECTS = {
    "likes": "MATCH (u:User {is_sample: true})-[:LIKED]->(m:Movie) RETURN [u.id, m.id] AS found",
    "follows": (
        "MATCH (u:User {is_sample: true})-[:FOLLOWS]->(v:User {is_sample: true})"
        " WHERE NOT (v)-[:FOLLOWS]->(u) RETURN [u.id, v.id] AS found"
    ),
    "films": "MATCH (m:Movie) RETURN m.id AS found",
    "people": "MATCH (p:Person) RETURN p.id AS found",
}


@pytest.fixture
def graph(product: Product) -> Iterator[Driver]:
    """Neo4j, past our own code."""
    with neo4j_at(product.addresses()) as driver:
        yield driver


@pytest.fixture
def qdrant(product: Product) -> Iterator[QdrantClient]:
    """Qdrant, past our own code."""
    client = qdrant_at(product.addresses())
    yield client
    client.close()


class Writer(threading.Thread):
    """Someone who goes on rating while the stores are compared."""

    def __init__(self, member: Member) -> None:
        super().__init__(daemon=True)
        films = member.get("movies/?ordering=-ratings&limit=40")["items"]
        self._member, self._films = member, [film["id"] for film in films]
        self._ending = threading.Event()
        self.writes = 0

    def run(self) -> None:
        while not self._ending.wait(0.1):
            film = self._films[self.writes % len(self._films)]
            stars = 5 if self.writes % 3 else 2
            self._member.call("PUT", f"movies/{film}/rating/", {"stars": stars})
            self.writes += 1

    def end(self) -> None:
        """Stop writing."""
        self._ending.set()
        self.join()


def spoil(graph: Driver, qdrant: QdrantClient) -> Counter[tuple[str, str]]:
    """Spoil a thousand facts, no object twice; gives how many of each kind and fault."""
    free: dict[str, list[Any]] = {}
    for kind, query in OBJECTS.items():
        free[kind] = sorted(row["found"] for row in graph.execute_query(query).records)
        random.Random(SEED).shuffle(free[kind])  # noqa: S311 - a choice that can be repeated
    spoilt: Counter[tuple[str, str]] = Counter()
    for kind, fault, query in SPOIL:
        pool = free["films" if kind == "film genres" else kind]
        graph.execute_query(query, chosen=[pool.pop() for _ in range(EACH)])
        spoilt[kind, fault] += EACH
    qdrant.set_payload("films", {"year": 1801}, points=[free["films"].pop() for _ in range(EACH)])
    qdrant.delete("films", [free["films"].pop() for _ in range(EACH)])
    return spoilt + Counter({("film vectors", fault): EACH for fault in ("stale", "missing")})


def drift(product: Product, *options: str) -> Counter[tuple[str, str]]:
    """What the checker calls drift, by kind and fault."""
    report = json.loads(product.run("manage", "reconcile", "--json", *options).stdout)
    return Counter(
        {(row["kind"], fault): n for row in report["kinds"] for fault, n in row["drift"].items()}
    )


def test_a_thousand_drifts_are_found_and_mended_while_writes_go_on(
    product: Product, graph: Driver, qdrant: QdrantClient, eventually: Callable[..., Any]
) -> None:
    eventually(lambda: product.depth() == 0, "an empty outbox")
    member = product.member("carl")
    writer = Writer(member)
    writer.start()
    try:
        spoilt = spoil(graph, qdrant)
        assert spoilt.total() == 1_000
        assert drift(product, "--repair") == spoilt
        eventually(lambda: drift(product) == Counter(), "no drift left", seconds=120)
    finally:
        writer.end()
        member.http.close()
    print(f"{writer.writes} writes went on meanwhile; seed {SEED}")
    assert writer.writes > 100
