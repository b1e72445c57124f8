"""Comparing every kind of fact with its store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings
from neo4j import GraphDatabase
from qdrant_client import QdrantClient

from apps.consistency import facts, graph, vectors
from apps.consistency.facts import Fact
from apps.consistency.sums import Sums, bucket_of, summed
from apps.outbox.models import Generation, Message

EXAMPLES = 20


@dataclass(frozen=True)
class Comparison:
    """One kind of fact in one store, against Postgres."""

    kind: str
    store: str
    expected: int
    found: int
    expected_hash: str
    found_hash: str
    examples: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the store holds exactly what Postgres says."""
        return (self.expected, self.expected_hash) == (self.found, self.found_hash)


@dataclass(frozen=True)
class _Kind:
    name: str
    store: str
    stored: Callable[[], Iterator[Fact]]


def compare_all() -> Iterator[Comparison]:
    """Every kind in turn. Facts still in the outbox are differences here: drain it first."""
    with ExitStack() as stack:
        for kind in _kinds(stack):
            yield _compare(kind)


def messages_in_flight() -> int:
    """Changes that the stores have not been told yet."""
    return Message.objects.count()


def _kinds(stack: ExitStack) -> list[_Kind]:
    environment = settings.ENVIRONMENT  # type: ignore[misc]  # typed in config.env
    neo4j = environment.neo4j
    driver = stack.enter_context(GraphDatabase.driver(neo4j.uri, auth=(neo4j.user, neo4j.password)))
    client = QdrantClient(
        url=environment.qdrant.url,
        # As a header: given as `api_key` over plain HTTP, the client warns on every run.
        headers={"api-key": environment.qdrant.api_key} if environment.qdrant.api_key else None,
        timeout=30,
        check_compatibility=False,
    )
    stack.callback(client.close)
    live = Generation.objects.get(destination="vectors", state=Generation.State.LIVE).name
    return [
        *(
            _Kind(name, "graph", lambda name=name: graph.stored(driver, name))  # type: ignore[misc]
            for name in graph.QUERIES
        ),
        *(
            _Kind(name, "vectors", lambda name=name: vectors.stored(client, name, live))  # type: ignore[misc]
            for name in vectors.COLLECTIONS
        ),
        _Kind("film statistics", "recommendations", facts.stored_statistics),
    ]


def _compare(kind: _Kind) -> Comparison:
    expected, found = summed(facts.facts_of(kind.name)), summed(kind.stored())
    examples = _differences(kind, expected, found)
    return Comparison(
        kind.name,
        kind.store,
        expected.count,
        found.count,
        expected.hash,
        found.hash,
        examples,
    )


def _differences(kind: _Kind, expected: Sums, found: Sums) -> list[str]:
    """Some keys that differ, found by reading only the buckets that differ."""
    buckets = expected.differing(found)
    if not buckets:
        return []

    def within(rows: Iterator[Fact]) -> set[Fact]:
        return {(key, content) for key, content in rows if bucket_of(key) in buckets}

    differing = within(facts.facts_of(kind.name)) ^ within(kind.stored())
    return list(islice(dict.fromkeys(key for key, _ in sorted(differing)), EXAMPLES))
