"""Neo4j Browser plays our guide: it may fetch it from another origin, and nothing else."""

from urllib.parse import urlsplit

import httpx
import pytest

from infra.embedded.layout import ROOT
from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)

GUIDE = "/static/neo4j/cinemesh.html"


def browser_origin(product: Product) -> str:
    url = urlsplit(product.addresses()["NEO4J_BROWSER_URL"])
    return f"{url.scheme}://{url.netloc}"


def preflight(product: Product, path: str, origin: str) -> httpx.Headers:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "cache-control,pragma",
    }
    return httpx.options(product.url + path, headers=asked).headers


def test_the_browser_may_fetch_the_guide(product: Product) -> None:
    origin = browser_origin(product)

    allowed = preflight(product, GUIDE, origin)
    assert allowed["access-control-allow-origin"] == origin
    assert {"cache-control", "pragma"} <= set(allowed["access-control-allow-headers"].split(", "))

    guide = httpx.get(product.url + GUIDE, headers={"Origin": origin})
    assert guide.text == (ROOT / "infra/neo4j/guides/cinemesh.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/api/v1/movies/", "/_allauth/app/v1/config"])
def test_the_browser_may_fetch_nothing_else(product: Product, path: str) -> None:
    assert "access-control-allow-origin" not in preflight(product, path, browser_origin(product))


def test_no_other_origin_may_fetch(product: Product) -> None:
    allowed = preflight(product, GUIDE, "https://evil.example")
    assert allowed.get("access-control-allow-origin") is None
