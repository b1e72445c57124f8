"""A member reads what they wrote: `Sync-Token`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.outbox import failures
from apps.outbox.api.sync_token import spans_in
from apps.outbox.awaiting import LEFT, MAX_SPANS, MAX_WAITING, spans_of, waiting_places
from apps.outbox.models import Message
from apps.outbox.topics import destinations
from apps.users.models import User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db
MINE = "/api/v1/me/recommendations/"


@pytest.fixture
def ana() -> User:
    return make_user()


@pytest.fixture
def film(drain: Callable[[], int]) -> Movie:
    movie = make_movie()
    drain()
    return movie


@pytest.fixture
def api(client_of: Callable[[User], APIClient], ana: User, drain: Callable[[], int]) -> APIClient:
    drain()
    return client_of(ana)


class Looks:
    """Counts the looks into the ledger, and does something after the first."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.count = 0
        self._then = then

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        result = execute(sql, parameters, many, context)
        if sql == LEFT:
            self.count += 1
            if self.count == 1:
                self._then()
        return result


def rate(api: APIClient, film: Movie, stars: float = 4.5) -> str:
    answer = api.put(f"/api/v1/movies/{film.pk}/rating/", {"stars": stars})
    assert answer.status_code == 200
    return answer["Sync-Token"]


def ids_of(token: str) -> list[int]:
    return [number for first, last in spans_in(token) for number in range(first, last + 1)]


def test_a_write_names_exactly_its_messages(api: APIClient, film: Movie) -> None:
    before = set(Message.objects.values_list("id", flat=True))
    token = rate(api, film)
    published = set(Message.objects.values_list("id", flat=True)) - before
    assert len(published) == 4
    assert set(ids_of(token)) == published


def test_what_publishes_nothing_gets_no_token(api: APIClient, film: Movie) -> None:
    answers = [
        api.get(f"/api/v1/movies/{film.pk}/"),
        api.put(f"/api/v1/movies/{film.pk}/rating/", {"stars": 7}),
        api.put("/api/v1/feed/seen/", {}),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert not any(answer.has_header("Sync-Token") for answer in answers)


def test_a_read_waits_until_the_stores_that_it_needs_have_it(
    api: APIClient, film: Movie, drain: Callable[[], int]
) -> None:
    token = rate(api, film)
    looks = Looks(then=drain)
    with connection.execute_wrapper(looks):
        answer = api.get(MINE, headers={"Sync-Token": token})

    assert looks.count == 2
    assert answer.json()["degraded"] == []
    assert not answer.has_header("Sync-Degraded")


def test_a_question_that_has_a_body_waits_as_well(
    api: APIClient, film: Movie, drain: Callable[[], int]
) -> None:
    token = rate(api, film)
    looks = Looks(then=drain)
    with connection.execute_wrapper(looks):
        answer = api.post("/api/v1/similar/", {"like": [film.pk]}, headers={"Sync-Token": token})

    assert looks.count == 2
    assert answer.status_code == 200
    assert not answer.has_header("Sync-Token")


def test_a_store_that_lags_is_named_after_two_seconds(
    api: APIClient, film: Movie, drain: Callable[[], int]
) -> None:
    token = rate(api, film)
    Message.objects.exclude(destination="graph").delete()
    answer = api.get(MINE, headers={"Sync-Token": token})

    assert answer.status_code == 200
    assert answer["Sync-Degraded"] == "graph"
    assert answer.json()["degraded"] == ["graph"]


def test_others_messages_and_other_stores_are_not_waited_for(api: APIClient, film: Movie) -> None:
    token = rate(api, film)
    Message.objects.filter(destination__in=["graph", "vectors", "recommendations"]).delete()
    make_movie()
    looks = Looks()
    with connection.execute_wrapper(looks):
        answer = api.get(MINE, headers={"Sync-Token": token})
    assert looks.count == 1
    assert answer.json()["degraded"] == []


def park(film: Movie, ana: User) -> None:
    for _ in range(failures.MAX_CRASHES):
        failures.record_crash("graph", "movies.rating", f"{ana.pk}:{film.pk}")


@pytest.mark.parametrize(
    "trouble",
    [park, lambda film, ana: failures.open_circuit("graph", "No answer.")],
    ids=["dead letter", "store away"],
)
def test_waiting_in_vain_is_left_out(
    api: APIClient, film: Movie, ana: User, trouble: Callable[[Movie, User], None]
) -> None:
    token = rate(api, film)
    trouble(film, ana)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_circuit SET open_until = 'infinity'")
    looks = Looks()
    with connection.execute_wrapper(looks):
        answer = api.get(MINE, headers={"Sync-Token": token})
    assert looks.count == 1
    assert answer["Sync-Degraded"] == "graph, recommendations, vectors"


def test_an_older_dead_letter_of_the_same_fact_is_no_reason(
    api: APIClient, film: Movie, ana: User, drain: Callable[[], int]
) -> None:
    rate(api, film)
    park(film, ana)
    token = rate(api, film, stars=2)
    looks = Looks(then=drain)
    with connection.execute_wrapper(looks):
        answer = api.get(MINE, headers={"Sync-Token": token})
    assert looks.count == 2
    assert answer.json()["degraded"] == []


@pytest.fixture
def all_places_taken() -> Iterator[None]:
    for _ in range(MAX_WAITING):
        assert waiting_places.acquire(blocking=False)
    yield
    for _ in range(MAX_WAITING):
        waiting_places.release()


@pytest.mark.usefixtures("all_places_taken")
def test_when_too_many_wait_the_others_are_answered_at_once(api: APIClient, film: Movie) -> None:
    token = rate(api, film)
    looks = Looks()
    with connection.execute_wrapper(looks):
        answer = api.get(MINE, headers={"Sync-Token": token})
    assert looks.count == 1
    assert answer.json()["degraded"] == ["graph", "recommendations", "vectors"]


@pytest.mark.usefixtures("all_places_taken")
def test_an_answer_that_lags_carries_no_tag_of_one_that_does_not(
    api: APIClient, film: Movie
) -> None:
    token = rate(api, film)
    late = api.get("/api/v1/feed/", headers={"Sync-Token": token})
    assert late.json()["degraded"] == ["feeds"]
    assert not late.has_header("ETag")

    tag = api.get("/api/v1/feed/")["ETag"]
    same = api.get("/api/v1/feed/", headers={"Sync-Token": token, "If-None-Match": tag})
    assert (same.status_code, same["Sync-Degraded"]) == (304, "feeds")


@pytest.mark.usefixtures("all_places_taken")
def test_an_answer_without_a_list_says_it_in_the_header_alone(api: APIClient, film: Movie) -> None:
    token = rate(api, film)
    answer = api.get(f"/api/v1/movies/{film.pk}/", headers={"Sync-Token": token})
    assert answer["Sync-Degraded"] == "recommendations"
    assert answer.json()["id"] == film.pk


@pytest.mark.usefixtures("all_places_taken")
def test_several_tokens_count_together(api: APIClient, film: Movie) -> None:
    tokens = [rate(api, film), rate(api, film, stars=1)]
    Message.objects.filter(id__in=ids_of(tokens[1])).delete()
    answer = api.get(MINE, headers={"Sync-Token": ", ".join(tokens)})
    assert answer["Sync-Degraded"] == "graph, recommendations, vectors"


@pytest.mark.parametrize(
    "token",
    ["", "7", "W10:1:x", signing.dumps([[1, 2]], salt="another"), signing.dumps([[1, 2]])],
    ids=["empty", "number", "forged", "of another purpose", "without a purpose"],
)
@pytest.mark.parametrize("path", [MINE, "/api/v1/me/ratings/"])
def test_a_token_that_is_not_ours_is_refused(api: APIClient, token: str, path: str) -> None:
    answer = api.get(path, headers={"Sync-Token": token})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    body = answer.json()
    assert body["code"] == "invalid_sync_token"
    assert [error["pointer"] for error in body["errors"]] == ["Sync-Token"]


def test_who_is_not_let_in_learns_nothing_of_their_token(client: APIClient) -> None:
    assert client.get(MINE, headers={"Sync-Token": "7"}).status_code == 401


def test_without_the_header_a_read_never_looks(api: APIClient, film: Movie) -> None:
    rate(api, film)
    looks = Looks()
    with connection.execute_wrapper(looks):
        assert api.get(MINE).status_code == 200
    assert looks.count == 0


def test_too_many_spans_become_one_around_all() -> None:
    assert spans_of([5, 3, 4, 9]) == [(3, 5), (9, 9)]
    assert len(spans_of(range(0, 2 * MAX_SPANS, 2))) == MAX_SPANS
    assert spans_of(range(0, 2 * MAX_SPANS + 2, 2)) == [(0, 2 * MAX_SPANS)]


def test_what_views_need_are_destinations() -> None:
    def needs(resolver: URLResolver) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLPattern):
                yield from getattr(getattr(pattern.callback, "view_class", None), "needs", ())
            else:
                yield from needs(pattern)

    found = set(needs(get_resolver()))
    assert {"graph", "vectors", "feeds", "recommendations"} == found
    assert found <= set(destinations())
