"""Collaborators and paths over HTTP: what they answer, refuse and cost."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.graph.store import GraphStore
from apps.movies.models import Person
from apps.users.models import User
from infra.embedded.testing import EmbeddedStores
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

Drain = Callable[[], int]


def person(name: str) -> Person:
    return Person.objects.get(name=name)


def undegraded(client: APIClient, path: str, *, seconds: float = 60.0) -> dict[str, Any]:
    """The answer, once the server keeps the deadline: a cold or loaded one may miss it."""
    end = time.monotonic() + seconds
    while True:
        response = client.get(path)
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        if not body["degraded"] or time.monotonic() > end:
            return body


@pytest.fixture
def trio(drain: Drain) -> list[Person]:
    """One who made two films with the second, who made one with the third."""
    names = [f"Trio {Person.objects.count()} {part}" for part in "abc"]
    for title, cast in (("First", names[:2]), ("Second", names[:2]), ("Third", names[1:])):
        make_movie(title, directors=(cast[0],), actors=(cast[1],))
    drain()
    return [person(name) for name in names]


@pytest.fixture
def silent(visitors_wait: None, stores: EmbeddedStores, graph: GraphStore) -> Iterator[None]:
    """Neo4j accepts, and never answers."""
    stores.pause("neo4j")
    try:
        yield
    finally:
        stores.resume("neo4j")


def collaborators(one: Person, query: str = "") -> str:
    return f"/api/v1/people/{one.pk}/collaborators/{query}"


def path(one: Person, other: Person) -> str:
    return f"/api/v1/people/{one.pk}/path/{other.pk}/"


def test_collaborators_have_names_and_films(client: APIClient, trio: list[Person]) -> None:
    body = undegraded(client, collaborators(trio[1]))
    assert body["next"] is None
    first, second = body["items"]
    assert first["person"] == {"id": trio[0].pk, "name": trio[0].name}
    assert first["shared"] == 2
    assert [film["title"] for film in first["movies"]] == ["Second", "First"]
    assert (second["person"]["id"], second["shared"]) == (trio[2].pk, 1)


def test_collaborators_come_in_pages(client: APIClient, trio: list[Person]) -> None:
    first = undegraded(client, collaborators(trio[1], "?limit=1"))
    second = undegraded(client, collaborators(trio[1], f"?limit=1&cursor={first['next']}"))
    found = [item["person"]["id"] for item in (*first["items"], *second["items"])]
    assert found == [trio[0].pk, trio[2].pk]
    assert second["next"] is None


def test_a_path_names_people_and_the_films_between(client: APIClient, trio: list[Person]) -> None:
    body = undegraded(client, path(trio[0], trio[2]))
    people = [step["person"]["name"] for step in body["items"][::2]]
    films = [step["movie"]["title"] for step in body["items"][1::2]]
    assert people == [one.name for one in trio]
    assert films[1] == "Third"
    assert body["films"] == 2


def test_a_path_to_oneself_has_no_film(client: APIClient, trio: list[Person]) -> None:
    body = undegraded(client, path(trio[0], trio[0]))
    assert body["items"] == [{"person": {"id": trio[0].pk, "name": trio[0].name}, "movie": None}]
    assert body["films"] == 0


def test_without_a_path_there_are_no_items(
    client: APIClient, trio: list[Person], drain: Drain
) -> None:
    make_movie(directors=("Lonely One",))
    drain()
    body = undegraded(client, path(trio[0], person("Lonely One")))
    assert body == {"items": [], "films": None, "degraded": []}


@pytest.mark.parametrize(
    "address",
    [
        "people/{missing}/collaborators/",
        "people/{missing}/path/{known}/",
        "people/{known}/path/{missing}/",
        "people/99999999999999999999/collaborators/",
        "people/9223372036854775808/path/{known}/",
        "people/-1/collaborators/",
        "people/x/path/{known}/",
    ],
)
def test_unknown_people_are_not_found(client: APIClient, trio: list[Person], address: str) -> None:
    known = trio[0].pk
    response = client.get("/api/v1/" + address.format(known=known, missing=2**63 - 1))
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=101",
        "?limit=ten",
        "?limit=5&limit=6",
        "?cursor=nonsense",
        "?cursor=%00",
        "?depth=3",
    ],
)
def test_parameters_that_cannot_be_used(client: APIClient, trio: list[Person], query: str) -> None:
    response = client.get(collaborators(trio[0], query))
    assert response.status_code == 400
    assert response.json()["code"] == "invalid"


def test_a_path_takes_no_parameters(client: APIClient, trio: list[Person]) -> None:
    assert client.get(path(trio[0], trio[1]) + "?limit=5").status_code == 400


def test_a_cursor_of_another_person_is_refused(client: APIClient, trio: list[Person]) -> None:
    body = undegraded(client, collaborators(trio[1], "?limit=1"))
    response = client.get(collaborators(trio[0], f"?cursor={body['next']}"))
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_reads_are_allowed(
    client_of: Callable[[User], APIClient], trio: list[Person], method: str
) -> None:
    client = client_of(make_user())
    assert getattr(client, method)(collaborators(trio[0])).status_code == 405
    assert getattr(client, method)(path(trio[0], trio[1])).status_code == 405


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_costs_three_queries_and_one_question(
    client: APIClient, graph: GraphStore, trio: list[Person], limit: int
) -> None:
    address = collaborators(trio[1], f"?limit={limit}")
    undegraded(client, address)
    before = graph.bolt.asked
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    assert len(queries) <= 3
    assert graph.bolt.asked == before + 1


def test_a_path_costs_three_queries_and_one_question(
    client: APIClient, graph: GraphStore, trio: list[Person]
) -> None:
    undegraded(client, path(trio[0], trio[2]))
    before = graph.bolt.asked
    with CaptureQueriesContext(connection) as queries:
        client.get(path(trio[0], trio[2]))
    assert len(queries) <= 3
    assert graph.bolt.asked == before + 1


def test_a_silent_graph_is_said_and_costs_little_time(
    client: APIClient, trio: list[Person], silent: None
) -> None:
    for address in (collaborators(trio[1]), path(trio[0], trio[2])):
        took = []
        for _ in range(3):
            started = time.monotonic()
            response = client.get(address)
            took.append(time.monotonic() - started)
            assert response.status_code == 200
            assert response.json()["items"] == []
            assert response.json()["degraded"] == ["graph"]
        assert min(took) < 0.3


def test_unknown_people_are_not_found_while_the_graph_is_silent(
    client: APIClient, trio: list[Person], silent: None
) -> None:
    assert client.get("/api/v1/people/1234567890123/collaborators/").status_code == 404


def test_after_a_silence_answers_are_whole_again(
    client: APIClient, trio: list[Person], stores: EmbeddedStores, visitors_wait: None
) -> None:
    stores.pause("neo4j")
    try:
        for _ in range(4):
            assert client.get(collaborators(trio[1])).json()["degraded"] == ["graph"]
    finally:
        stores.resume("neo4j")
    assert len(undegraded(client, collaborators(trio[1]))["items"]) == 2
