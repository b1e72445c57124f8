"""Every kind of fact that is compared: where both sides are read, and which messages carry it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from neo4j import GraphDatabase
from qdrant_client import QdrantClient
from redis import Redis

from apps.consistency import facts, graph, timelines, vectors
from apps.consistency.owners import Fact, Owners

Side = Callable[[Owners], Iterator[Fact]]

MEMBER, FOLLOW = "users.member", "users.follow"
MOVIE, PERSON, RATING = "movies.movie", "movies.person", "movies.rating"
EMBEDDING, TASTE = "vectors.embedding", "vectors.taste"

GRAPH = {
    "members": (facts.MEMBERS, [(MEMBER, "{0}")]),
    "follows": (facts.FOLLOWS, [(FOLLOW, "{0}:{1}"), (MEMBER, "{0}"), (MEMBER, "{1}")]),
    "films": (facts.FILMS, [(MOVIE, "{0}")]),
    "film genres": (facts.FILM_GENRES, [(MOVIE, "{0}")]),
    "people": (facts.PEOPLE, [(PERSON, "{0}")]),
    "credits": (facts.CREDITS, [(MOVIE, "{0}"), (PERSON, "{2}")]),
    "likes": (facts.LIKES, [(RATING, "{0}:{1}"), (MEMBER, "{0}"), (MOVIE, "{1}")]),
}
VECTORS = {
    "film vectors": (facts.FILM_VECTORS, [(MOVIE, "{0}"), (EMBEDDING, "{0}")]),
    # A taste stands on the vectors of films: while any of those is on its way, so may the taste be.
    "taste vectors": (
        facts.TASTE_VECTORS,
        [(TASTE, "{0}"), (MEMBER, "{0}"), (RATING, "{0}:%"), (MOVIE, "%"), (EMBEDDING, "%")],
    ),
}
STATISTICS = [(MOVIE, "{0}"), (RATING, "%:{0}")]
TIMELINES = [(FOLLOW, "{0}:{2}"), (RATING, "{2}:{3}"), (FOLLOW, "{2}:{3}"), (MEMBER, "{0}")]


@dataclass(frozen=True)
class Kind:
    """A kind of fact in one store.

    `messages` are the topics, with templates of their keys over the parts of a fact's key, whose
    messages change such a fact; the first of them mends it.
    """

    name: str
    destination: str
    expected: Side
    stored: Side
    messages: list[tuple[str, str]]


@contextmanager
def all_kinds(generation: str = "") -> Iterator[list[Kind]]:
    """Every kind, with connections of their own to the stores that end with the context.

    `generation` names the generation of the vectors to read; by default the live one.
    """
    environment = settings.ENVIRONMENT  # type: ignore[misc]  # typed in config.env
    neo4j, qdrant = environment.neo4j, environment.qdrant
    with ExitStack() as stack:
        driver = stack.enter_context(
            GraphDatabase.driver(neo4j.uri, auth=(neo4j.user, neo4j.password))
        )
        client = QdrantClient(
            url=qdrant.url,
            # As a header: given as `api_key` over plain HTTP, the client warns on every run.
            headers={"api-key": qdrant.api_key} if qdrant.api_key else None,
            timeout=30,
            check_compatibility=False,
        )
        stack.callback(client.close)
        valkey = stack.enter_context(Redis.from_url(environment.redis.url, decode_responses=True))
        held = generation or vectors.live_generation()
        yield [
            *(
                Kind(name, "graph", _facts(query), partial(graph.stored, driver, name), messages)
                for name, (query, messages) in GRAPH.items()
            ),
            *(
                Kind(
                    name,
                    "vectors",
                    _facts(query),
                    partial(vectors.stored, client, name, held),
                    messages,
                )
                for name, (query, messages) in VECTORS.items()
            ),
            Kind(
                "film statistics",
                "recommendations",
                _facts(facts.FILM_STATISTICS),
                _facts(facts.STORED_STATISTICS),
                STATISTICS,
            ),
            Kind(
                "timelines",
                "feeds",
                partial(timelines.expected, valkey),
                partial(timelines.stored, valkey),
                TIMELINES,
            ),
        ]


def _facts(query: str) -> Side:
    return partial(facts.facts, query)
