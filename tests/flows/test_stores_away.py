"""Each store stopped in turn: reads go on without it, writes lose nothing, all catches up."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.demo import Member
from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)
"""The first of these starts the whole product."""

Eventually = Callable[..., Any]

CATCH_UP_SECONDS = 60.0
"""A stopped store has to start, and a circuit to close, before its backlog is worked off."""


def sources(slate: dict[str, Any]) -> set[str]:
    return {source for item in slate["items"] for source in item["sources"]}


def degraded(member: Member, path: str, store: str) -> dict[str, Any] | None:
    """The answer, once it has items and lacks this store alone."""
    body = member.get(path)
    return body if body["items"] and body["degraded"] == [store] else None


@pytest.mark.parametrize(
    ("process", "store", "left"),
    [
        ("neo4j", "graph", {"content", "popular"}),
        ("vectors", "vectors", {"social", "people", "popular"}),
    ],
)
def test_recommendations_go_on_without_a_store(
    product: Product, ana: Member, eventually: Eventually, process: str, store: str, left: set[str]
) -> None:
    eventually(
        lambda: {"content", "social", "people"} <= sources(ana.get("me/recommendations/")),
        "all sources",
    )
    film = ana.get("movies/?ordering=-ratings&limit=1")["items"][0]

    product.stop(process)
    try:
        slate = eventually(lambda: degraded(ana, "me/recommendations/?limit=50", store), "a slate")
        assert left <= sources(slate)
        assert eventually(lambda: degraded(ana, f"movies/{film['id']}/similar/", store), "similar")
        ana.call("PUT", f"movies/{film['id']}/rating/", {"stars": 1})
        assert product.http.get(product.url + "/readyz").json()["stores"][store] == "down"
    finally:
        product.start(process)

    eventually(lambda: product.depth() == 0, "an empty outbox", seconds=CATCH_UP_SECONDS)
    eventually(lambda: ana.get("me/recommendations/")["degraded"] == [], "no degraded answer")
    assert "equal" in product.command("manage", "reconcile")


def test_the_feed_goes_on_without_valkey(
    product: Product, ana: Member, eventually: Eventually
) -> None:
    eventually(lambda: ana.get("feed/")["items"], "a feed")
    before = [item["at"] for item in ana.get("feed/")["items"]]

    product.stop("valkey")
    try:
        feed = ana.get("feed/")
        assert feed["degraded"] == ["feeds"]
        assert [item["at"] for item in feed["items"]] == before
        ana.call("DELETE", "users/rater-0414/follow/")
        assert ana.get("feed/")["items"] == []
    finally:
        product.start("valkey")

    eventually(lambda: product.depth() == 0, "an empty outbox", seconds=CATCH_UP_SECONDS)
    assert ana.get("feed/") == {**ana.get("feed/"), "items": [], "degraded": []}
