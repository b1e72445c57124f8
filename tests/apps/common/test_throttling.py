"""How often one may ask the REST API, and how it is told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient, APIRequestFactory

from apps.common.api.throttling import COUNT, network_of
from apps.common.cache import breaker, run_script
from apps.users.models import User
from tests.factories import make_movie, make_user

ClientOf = Callable[[User], APIClient]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
SEARCH = "/api/v1/movies/"
LIMITS = {"address": (30, 60), "visitor": (4, 60), "member": (6, 60), "search": (3, 60)}


@pytest.fixture(autouse=True)
def _limited(settings: Any) -> Iterator[None]:
    breaker.succeeded()
    settings.RATE_LIMITS = {**LIMITS, "rate": (2, 60)}
    yield
    cache.clear()


def test_each_answer_tells_what_is_left(client: APIClient) -> None:
    answer = client.get(SEARCH)
    assert (
        answer["RateLimit-Policy"] == '"address";q=30;w=60, "visitor";q=4;w=60, "search";q=3;w=60'
    )
    assert answer["RateLimit"] == '"address";r=29;t=2, "visitor";r=3;t=15, "search";r=2;t=20'


def test_who_asks_too_often_is_told_when_to_come_back(client: APIClient) -> None:
    answers = [client.get(SEARCH) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 20
    assert '"search";r=0' in refused["RateLimit"]
    # Being refused costs nothing: the visitor's own limit still has one.
    assert '"visitor";r=1' in refused["RateLimit"]
    assert client.get("/api/v1/sync/status/").status_code == 200


def test_errors_count_and_tell_as_well(client: APIClient) -> None:
    answer = client.get(SEARCH, {"limit": 0})
    assert answer.status_code == 400
    assert '"search";r=2' in answer["RateLimit"]


def test_a_head_counts_as_what_it_asks_for(client: APIClient) -> None:
    assert '"search";r=2' in client.head(SEARCH)["RateLimit"]


def test_one_member_does_not_use_up_what_another_has(client_of: ClientOf) -> None:
    ana, film = client_of(make_user()), make_movie()
    path = f"/api/v1/movies/{film.pk}/rating/"
    assert [ana.put(path, {"stars": 3}).status_code for _ in range(3)] == [200, 200, 429]
    assert client_of(make_user()).put(path, {"stars": 3}).status_code == 200
    assert ana.get("/api/v1/me/ratings/").status_code == 200


def test_members_of_one_address_share_its_limit(client_of: ClientOf) -> None:
    codes = [client_of(make_user()).get("/api/v1/me/ratings/").status_code for _ in range(31)]
    assert Counter(codes) == {200: 30, 429: 1}


def test_requests_at_once_are_all_counted() -> None:
    """DRF's own throttle lets such pass together."""
    start = threading.Barrier(16)

    def ask(_: int) -> int:
        start.wait()
        left: list[int] = run_script(COUNT, ["limit:test"], [10, 60_000])
        return left[0]

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(ask, range(16)))
    assert sum(wait == 0 for wait in waits) == 10


def test_a_limit_comes_back_bit_by_bit() -> None:
    def left() -> tuple[int, int]:
        wait, remaining, _ = run_script(COUNT, ["limit:test"], [2, 400])
        return wait, remaining

    assert [left()[1] for _ in range(2)] == [1, 0]
    assert left()[0] == 1
    deadline = time.monotonic() + 5
    while left()[0] and time.monotonic() < deadline:
        pass
    assert time.monotonic() < deadline


def test_without_valkey_nobody_is_refused(client: APIClient, settings: Any) -> None:
    breaker.failed()
    try:
        answers = [client.get(SEARCH) for _ in range(5)]
    finally:
        breaker.succeeded()
    assert {answer.status_code for answer in answers} == {200}
    assert not answers[0].has_header("RateLimit")


@pytest.mark.parametrize(
    ("headers", "network"),
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, "192.0.2.7"),
        ({"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"),
        ({"REMOTE_ADDR": "::ffff:192.0.2.7"}, "192.0.2.7"),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 192.0.2.7"}, "192.0.2.7"),
    ],
)
def test_the_address_is_the_one_before_the_trusted_proxies(
    headers: dict[str, str], network: str, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1 if "HTTP_X_FORWARDED_FOR" in headers else 0
    request: Any = APIRequestFactory().get("/", **headers)
    assert network_of(request) == network


def test_a_client_cannot_choose_its_address(client: APIClient, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    codes = [
        client.get(SEARCH, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(4)
    ]
    assert codes == [200, 200, 200, 429]
