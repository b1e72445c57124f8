"""What browsers let other sites do with ours: who may call the API, what pages may load."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests.factories import make_user

pytestmark = pytest.mark.django_db
SITE, BROWSER, EVIL = "https://films.example.org", "http://127.0.0.1:7474", "https://evil.example"
API, GUIDE = "/api/v1/movies/", "/static/neo4j/cinemesh.html"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def _origins(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.NEO4J_BROWSER_ORIGIN = BROWSER


def preflight(path: str, origin: str, method: str = "PUT", headers: str = "authorization") -> Any:
    """What a browser asks before a page of another site may call."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return Client().options(path, headers=asked).headers


def headers_for(path: str, origin: str) -> Any:
    """Of an answer to a page of this site."""
    answer = Client().get(path, headers={"Origin": origin})
    answer.getvalue()  # read to its end: the guide is an open file once `make up` has collected it
    return answer.headers


def test_by_default_no_site_may_call(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    for path in (API, "/_allauth/app/v1/config", GUIDE):
        assert ALLOWED not in preflight(path, SITE)
        assert ALLOWED not in headers_for(path, SITE)


@pytest.mark.parametrize("path", [API, "/_allauth/app/v1/config"])
def test_a_named_site_may_call_the_api_without_our_cookies(path: str) -> None:
    names = "authorization,content-type,if-match,idempotency-key,sync-token,x-session-token"
    allowed = preflight(path, SITE, headers=names)
    assert allowed[ALLOWED] == SITE
    assert "Access-Control-Allow-Credentials" not in allowed
    assert set(names.split(",")) <= set(allowed["Access-Control-Allow-Headers"].split(", "))
    assert {"PUT", "PATCH", "DELETE"} <= set(allowed["Access-Control-Allow-Methods"].split(", "))
    answer = headers_for(path, SITE)
    assert answer[ALLOWED] == SITE
    assert "origin" in answer["Vary"].lower()


def test_its_page_reads_errors_and_what_is_left_of_a_limit(settings: Any) -> None:
    answer = Client().get("/api/v1/me/", headers={"Origin": SITE})
    assert (answer.status_code, answer[ALLOWED]) == (401, SITE)
    exposed = set(answer["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "RateLimit", "Retry-After", "Sync-Token", "Sync-Degraded"} <= exposed


@pytest.mark.parametrize(
    "origin", [EVIL, "null", f"{SITE}.evil.example", "http://films.example.org"]
)
def test_no_other_site_may_call(origin: str) -> None:
    for path in (API, "/_allauth/app/v1/config", GUIDE):
        assert ALLOWED not in preflight(path, origin)
        assert ALLOWED not in headers_for(path, origin)


@pytest.mark.parametrize("path", ["/admin/", "/_allauth/browser/v1/config", "/account/signup"])
def test_what_goes_by_cookie_is_for_our_own_pages(path: str) -> None:
    for origin in (SITE, BROWSER):
        assert ALLOWED not in preflight(path, origin)
        assert ALLOWED not in headers_for(path, origin)


def test_neo4j_browser_fetches_its_guide_and_nothing_else() -> None:
    assert preflight(GUIDE, BROWSER, "GET", "cache-control,pragma")[ALLOWED] == BROWSER
    assert headers_for(GUIDE, BROWSER)[ALLOWED] == BROWSER
    assert ALLOWED not in preflight(GUIDE, SITE)
    assert ALLOWED not in preflight(API, BROWSER)


def policy_of(answer: Any) -> dict[str, list[str]]:
    """What a page may load, by kind."""
    parts = answer["Content-Security-Policy"].split("; ")
    return {name: sources for name, *sources in map(str.split, parts)}


@pytest.mark.parametrize("path", ["/account/signup", "/admin/login/", "/nothing/at/all"])
def test_pages_load_nothing_that_is_not_ours(path: str) -> None:
    policy = policy_of(Client().get(path))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    for kind in ("script-src", "style-src", "font-src", "connect-src", "form-action"):
        assert policy[kind] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]


def test_an_answer_of_the_api_loads_nothing_at_all() -> None:
    policy = policy_of(Client().get(API))
    kinds = {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert policy == dict.fromkeys(kinds, ["'none'"])


def test_a_session_of_pages_is_nobody_to_the_api() -> None:
    browser = Client()
    browser.force_login(make_user("boss", is_staff=True, is_superuser=True))
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/api/v1/me/").status_code == 401


def test_of_the_docs_styles_alone_stand_in_the_markup() -> None:
    policy = policy_of(Client().get("/api/docs/"))
    assert policy["script-src"] == ["'self'"]
    assert set(policy["style-src"]) == {"'self'", "'unsafe-inline'"}


PAGES = [
    *("admin:index", "admin:login", "admin:users_user_changelist", "admin:users_user_add"),
    *("admin:users_follow_add", "admin:movies_movie_add", "admin:movies_rating_changelist", "docs"),
]


@pytest.mark.parametrize("name", PAGES)
def test_pages_keep_to_their_policy(name: str) -> None:
    browser = Client()
    browser.force_login(make_user(is_staff=True, is_superuser=True))
    answer = browser.get(reverse(name), follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"\son[a-z]+=\"|javascript:", page)
    if "'unsafe-inline'" not in policy_of(answer)["style-src"]:
        assert not re.search(r"<style|\sstyle=", page)
    for address in re.findall(r"<(?:script|link|img)[^>]*\b(?:src|href)=\"([^\"]+)\"", page):
        assert address.startswith(("/", "data:")), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
