"""The checker, on objects of the test's own: every kind of drift is found, and mended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from neo4j import Driver
from redis import Redis

from apps.consistency.comparison import Difference, Fault, settled
from apps.consistency.kinds import Kind, all_kinds
from apps.consistency.owners import Owners
from apps.consistency.pending import Reason
from apps.consistency.repair import publish_again
from apps.feeds.rebuild import rebuild_timeline
from apps.movies import actions as movie_actions
from apps.movies.models import Genre, Movie
from apps.movies.topics import RATING
from apps.outbox.actions import publish
from apps.outbox.dead_letters import discard_dead_letters
from apps.outbox.models import Failure, Message
from apps.users import actions as user_actions
from infra.embedded.testing import EmbeddedStores
from tests.clients import neo4j_at, qdrant_at
from tests.factories import make_movie, make_user

Drain = Callable[[], int]


class World:
    """Two members and a film that every store holds, and the stores' own clients."""

    def __init__(self, stores: EmbeddedStores, kinds: list[Kind], neo4j: Driver) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.neo4j = neo4j
        address = stores.environment
        self.valkey = Redis.from_url(address["REDIS_URL"], decode_responses=True)
        self.qdrant = qdrant_at(address)
        for genre in ("Crime", "Drama"):
            Genre.objects.get_or_create(name=genre)
        self.film = make_movie(
            "Heat", genres=("Crime", "Drama"), directors=("A. Director",), actors=("An Actor",)
        )
        self.ana, self.ben = make_user(), make_user()
        user_actions.follow_user(follower=self.ana, followee=self.ben)
        for member, half_stars in ((self.ana, 10), (self.ben, 9)):
            movie_actions.rate_movie(user=member, movie=self.film, half_stars=half_stars)

    @property
    def person_id(self) -> int:
        """The director."""
        return self.film.credits.get(role="director").person_id

    def owner(self, kind: str) -> int:
        """The object that the kind's facts of this world belong to."""
        if kind in ("members", "follows", "likes", "taste vectors", "timelines"):
            return int(self.ana.pk)
        return self.person_id if kind == "people" else int(self.film.pk)

    def differences(self, kind: str) -> list[Difference]:
        """What the checker finds at this world's object."""
        owner = self.owner(kind)
        return settled(self.kinds[kind], Owners(owner, owner))

    def cypher(self, query: str) -> None:
        """Change the graph behind the projectors' back."""
        self.neo4j.execute_query(
            query, ana=self.ana.pk, ben=self.ben.pk, film=self.film.pk, person=self.person_id
        )

    def payload(self, collection: str, point: int, **fields: Any) -> None:
        """Change a point behind the projectors' back."""
        self.qdrant.set_payload(f"{collection}-g1", fields, points=[point])

    def close(self) -> None:
        """Give the connections back."""
        self.valkey.close()
        self.qdrant.close()


@pytest.fixture
def world(db: None, drain: Drain, stores: EmbeddedStores) -> Iterator[World]:
    """A small world in which every store agrees with Postgres."""
    with all_kinds() as kinds, neo4j_at(stores.environment) as neo4j:
        made = World(stores, kinds, neo4j)
        drain()
        rebuild_timeline(made.ana.pk)
        yield made
        made.close()


KINDS = [
    "members",
    "follows",
    "films",
    "film genres",
    "people",
    "credits",
    "likes",
    "film vectors",
    "taste vectors",
    "film statistics",
    "timelines",
]


def sql(query: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)


DRIFTS: list[tuple[str, Fault, Callable[[World], object]]] = [
    ("members", Fault.STALE, lambda w: w.cypher("MATCH (u:User {id: $ana}) SET u.username = 'x'")),
    ("members", Fault.MISSING, lambda w: w.cypher("MATCH (u:User {id: $ana}) DETACH DELETE u")),
    (
        "follows",
        Fault.MISSING,
        lambda w: w.cypher("MATCH (:User {id: $ana})-[f:FOLLOWS]->() DELETE f"),
    ),
    (
        "follows",
        Fault.DUPLICATE,
        lambda w: w.cypher(
            "MATCH (a:User {id: $ana})-[f:FOLLOWS]->(b) CREATE (a)-[g:FOLLOWS]->(b) SET g = f"
        ),
    ),
    (
        "follows",
        Fault.STALE,
        lambda w: w.cypher("MATCH (:User {id: $ana})-[f:FOLLOWS]->() SET f.since = datetime()"),
    ),
    ("films", Fault.STALE, lambda w: w.cypher("MATCH (m:Movie {id: $film}) SET m.year = 1901")),
    (
        "film genres",
        Fault.EXTRA,
        lambda w: w.cypher(
            "MATCH (m:Movie {id: $film}) MERGE (g:Genre {name: 'Western'})"
            " CREATE (m)-[:IN_GENRE]->(g)"
        ),
    ),
    (
        "film genres",
        Fault.DUPLICATE,
        lambda w: w.cypher(
            "MATCH (m:Movie {id: $film})-[:IN_GENRE]->(g:Genre {name: 'Crime'})"
            " CREATE (m)-[:IN_GENRE]->(g)"
        ),
    ),
    ("people", Fault.STALE, lambda w: w.cypher("MATCH (p:Person {id: $person}) SET p.name = ''")),
    ("people", Fault.MISSING, lambda w: w.cypher("MATCH (p:Person {id: $person}) DETACH DELETE p")),
    (
        "credits",
        Fault.EXTRA,
        lambda w: w.cypher(
            "MATCH (p:Person {id: $person}), (m:Movie {id: $film})"
            " CREATE (p)-[:ACTED_IN {position: 9}]->(m)"
        ),
    ),
    (
        "credits",
        Fault.STALE,
        lambda w: w.cypher("MATCH ()-[c:DIRECTED]->(:Movie {id: $film}) SET c.position = 7"),
    ),
    (
        "likes",
        Fault.STALE,
        lambda w: w.cypher("MATCH (:User {id: $ana})-[l:LIKED]->() SET l.stars = 4.0"),
    ),
    (
        "likes",
        Fault.EXTRA,
        lambda w: w.cypher(
            "MATCH (u:User {id: $ana}) MERGE (m:Movie {id: 4000000000000 + $film})"
            " CREATE (u)-[:LIKED {stars: 5.0, rated_at: datetime()}]->(m)"
        ),
    ),
    ("film vectors", Fault.STALE, lambda w: w.payload("films", w.film.pk, year=1901)),
    ("film vectors", Fault.MISSING, lambda w: w.qdrant.delete("films-g1", [w.film.pk])),
    (
        "film vectors",
        Fault.STALE,
        lambda w: w.qdrant.delete_vectors("films-g1", ["content"], [w.film.pk]),
    ),
    ("taste vectors", Fault.STALE, lambda w: w.payload("tastes", w.ana.pk, films=[])),
    ("taste vectors", Fault.MISSING, lambda w: w.payload("tastes", w.ana.pk, deleted=True)),
    (
        "film statistics",
        Fault.STALE,
        lambda w: sql(
            "UPDATE movies_moviestatistics SET ratings = ratings + 1 WHERE movie_id = %s", w.film.pk
        ),
    ),
    (
        "timelines",
        Fault.EXTRA,
        lambda w: w.valkey.zadd(f"feed:{w.ana.pk}:entries", {f"rating:{w.ben.pk}:1": 1}),
    ),
    (
        "timelines",
        Fault.MISSING,
        lambda w: w.valkey.zrem(f"feed:{w.ana.pk}:entries", f"rating:{w.ben.pk}:{w.film.pk}"),
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_stores_that_were_told_everything_agree(world: World, kind: str) -> None:
    owner = world.owner(kind)
    assert list(world.kinds[kind].stored(Owners(owner, owner)))
    assert world.differences(kind) == []


@pytest.mark.parametrize(
    ("kind", "fault", "spoil"), DRIFTS, ids=[f"{kind}-{fault}" for kind, fault, _ in DRIFTS]
)
def test_drift_is_found_and_mended(
    world: World, drain: Drain, kind: str, fault: Fault, spoil: Callable[[World], object]
) -> None:
    spoil(world)

    found = world.differences(kind)
    assert fault in {difference.fault for difference in found}
    assert not any(difference.reason for difference in found)

    publish_again(world.kinds[kind], found)
    drain()
    assert world.differences(kind) == []


def test_a_fact_that_postgres_forgot_is_extra(world: World, drain: Drain) -> None:
    Movie.objects.filter(pk=world.film.pk).delete()

    assert [found.fault for found in world.differences("films")] == [Fault.EXTRA]
    assert {found.fault for found in world.differences("credits")} == {Fault.EXTRA}


def test_what_is_on_its_way_is_no_drift(world: World, drain: Drain) -> None:
    movie_actions.rate_movie(user=world.ana, movie=world.film, half_stars=8)

    for kind in ("likes", "taste vectors", "film statistics"):
        assert {found.reason for found in world.differences(kind)} == {Reason.IN_FLIGHT}
    drain()
    assert world.differences("likes") == []


def test_a_dead_letter_explains_its_own_fact_alone(world: World) -> None:
    with transaction.atomic():
        (message, *_) = publish(RATING, world.ana.pk, world.film.pk)
    key = f"{world.ana.pk}:{world.film.pk}"
    Message.objects.exclude(pk=message).delete()
    Message.objects.filter(pk=message).update(destination="graph")
    Failure.objects.create(
        destination="graph",
        topic=RATING.name,
        key=key,
        parked_at=datetime.now(UTC),
        parked_through=message,
    )
    world.cypher("MATCH (:User {id: $ana})-[l:LIKED]->() DELETE l")
    world.cypher("MATCH (:User {id: $ana})-[l:FOLLOWS]->() DELETE l")

    assert [found.reason for found in world.differences("likes")] == [Reason.PARKED]
    assert [found.reason for found in world.differences("follows")] == [""]

    parked = Failure.objects.get(topic=RATING.name, key=key)
    discard_dead_letters(ids=[parked.pk], by="a test", reason="shown")
    assert [found.reason for found in world.differences("likes")] == [Reason.DISCARDED]
