"""What `/metrics` tells, and whom."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

COUNT_ONE = """
from prometheus_client import generate_latest
from apps.common.metrics import REGISTRY, REQUESTS
REQUESTS.labels("GET", "/livez", "200").observe(0.01)
print(generate_latest(REGISTRY).decode())
"""


def scraped(client: APIClient, **headers: str) -> str:
    response = client.get("/metrics", **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_request_is_counted_under_its_route_and_status(client: APIClient) -> None:
    movie = make_movie()
    client.get(f"/api/v1/movies/{movie.pk}/")
    client.get(f"/api/v1/movies/{movie.pk + 1_000_000}/")
    text = scraped(client)
    route = 'method="GET",route="/api/v1/movies/<bigid:movie_id>/"'
    assert f'cinemesh_request_seconds_count{{{route},status="200"}}' in text
    assert f'cinemesh_request_seconds_count{{{route},status="404"}}' in text


def test_unknown_addresses_and_methods_make_no_series_of_their_own(client: APIClient) -> None:
    client.get("/wp-login-7c1d.php")
    client.generic("BREW-7c1d", "/livez")
    text = scraped(client)
    assert "7c1d" not in text
    assert 'method="GET",route="(none)",status="404"' in text
    assert 'method="other",route="/livez"' in text


def test_processes_behind_one_address_count_together(tmp_path: Path) -> None:
    shared = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNT_ONE]
    first, second = (
        subprocess.run(command, env=shared, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    )
    count = 'cinemesh_request_seconds_count{method="GET",route="/livez",status="200"}'
    assert f"{count} 1.0" in first
    assert f"{count} 2.0" in second


def test_the_ledger_is_read_at_each_scrape(client: APIClient, drain: Callable[[], int]) -> None:
    drain()
    assert 'cinemesh_outbox_depth{destination="feeds"} 0.0' in scraped(client)
    rate_movie(user=make_user(), movie=make_movie(), half_stars=8)
    text = scraped(client)
    assert 'cinemesh_outbox_depth{destination="feeds"} 0.0' not in text
    for name in (
        "oldest_seconds",
        "dead_letters",
        "circuit_open",
        "applied_messages_total",
        "coalesced_messages_total",
    ):
        assert f'cinemesh_outbox_{name}{{destination="graph"}}' in text


@pytest.mark.parametrize(
    "peer",
    ["127.0.0.1", "10.1.2.3", "172.18.0.1", "192.168.1.9", "::1", "fd00::1", "::ffff:10.0.0.1"],
)
def test_peers_inside_may_read(client: APIClient, peer: str) -> None:
    assert "cinemesh_outbox_depth" in scraped(client, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "8.8.8.8"},
        {"REMOTE_ADDR": "2001:4860:4860::8888"},
        {"REMOTE_ADDR": "::ffff:8.8.8.8"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "no address"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_nobody_else_does(client: APIClient, headers: dict[str, str]) -> None:
    response = client.get("/metrics", **headers)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
