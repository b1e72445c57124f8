"""How the feed answers: pages, cursors, unread counts, bad requests, query budgets."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.common.api.pagination import encode_cursor
from apps.feeds.models import Hub
from apps.movies.actions import rate_movie
from apps.users.actions import follow_user, unfollow_user
from apps.users.models import User
from tests.apps.feeds.conftest import Body
from tests.factories import make_movie, make_user

Deliver = Callable[[], None]
Feed = Callable[..., Body]
Warm = Callable[[User], User]
ClientOf = Callable[[User], APIClient]


@pytest.fixture(params=["timeline", "pulled"])
def viewer(request: Any, db: None, warm: Warm) -> User:
    """A member whose feed comes from a timeline, then one whose feed is pulled."""
    user = make_user()
    return warm(user) if request.param == "timeline" else user


def _rated(viewer: User, count: int) -> tuple[User, list[int]]:
    """Someone whom the viewer follows, and their films, newest first."""
    ana = make_user()
    follow_user(follower=viewer, followee=ana)
    movies = [make_movie() for _ in range(count)]
    for movie in movies:
        rate_movie(user=ana, movie=movie, half_stars=6)
    return ana, [movie.pk for movie in reversed(movies)]


def _ids(body: Body) -> list[int]:
    return [item["movie"]["id"] for item in body["items"]]


def test_nobody_has_no_feed(client: APIClient, db: None) -> None:
    answer = client.get("/api/v1/feed/")

    assert answer.status_code == 401
    assert client.put("/api/v1/feed/seen/").status_code == 401


def test_empty_feed(viewer: User, feed: Feed) -> None:
    assert feed(viewer) == {"items": [], "next": None, "unread": 0, "degraded": []}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_cover_everything_once(
    limit: int, viewer: User, deliver: Deliver, feed: Feed
) -> None:
    _, movies = _rated(viewer, 7)
    deliver()
    body = feed(viewer, limit=limit)
    found = _ids(body)
    assert body["unread"] == 7
    while body["next"]:
        body = feed(viewer, limit=limit, cursor=body["next"])
        assert body["unread"] is None
        found += _ids(body)

    assert found == movies


def test_cursor_is_stable_under_inserts_and_removals(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    ana, movies = _rated(viewer, 6)
    deliver()
    first = feed(viewer, limit=2)
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()
    second = feed(viewer, limit=2, cursor=first["next"])
    last = make_user()
    follow_user(follower=viewer, followee=last)
    rate_movie(user=last, movie=make_movie(), half_stars=6)
    deliver()
    third = feed(viewer, limit=2, cursor=second["next"])

    assert _ids(first) + _ids(second) + _ids(third) == movies


def test_page_refills_when_many_entries_fell_out(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    _, movies = _rated(viewer, 4)
    noisy, _ = _rated(viewer, 120)
    deliver()
    unfollow_user(follower=viewer, followee=noisy)

    body = feed(viewer, limit=5)

    assert _ids(body) == movies
    assert (body["next"], body["unread"]) == (None, 4)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"limit": 1000}, "/limit"),
        ({"limit": "many"}, "/limit"),
        ({"cursor": "tampered"}, "cursor"),
        ({"cursor": "a" * 3000}, "/cursor"),
        ({"offset": 1}, "/offset"),
    ],
)
def test_bad_query_is_refused(
    query: dict[str, str | int], pointer: str, client_of: ClientOf, db: None
) -> None:
    answer = client_of(make_user()).get("/api/v1/feed/", query)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_altered_and_foreign_cursors_are_refused(
    viewer: User, client_of: ClientOf, deliver: Deliver, feed: Feed
) -> None:
    _rated(viewer, 3)
    deliver()
    good = feed(viewer, limit=1)["next"]
    assert good is not None
    altered = ("A" if good[0] != "A" else "B") + good[1:]
    foreign = encode_cursor("movies", (1, "rating:1:1"))

    for cursor in (altered, good[:-4], foreign):
        answer = client_of(viewer).get("/api/v1/feed/", {"cursor": cursor})
        assert answer.status_code == 400


def test_seen_moves_forward_only(
    viewer: User, client_of: ClientOf, deliver: Deliver, feed: Feed
) -> None:
    _rated(viewer, 3)
    deliver()
    client, items = client_of(viewer), feed(viewer)["items"]
    assert feed(viewer)["unread"] == 3

    answer = client.put("/api/v1/feed/seen/", {"at": items[1]["at"]})
    assert (answer.status_code, answer.json()) == (200, {"seen_at": items[1]["at"]})
    assert feed(viewer)["unread"] == 1

    answer = client.put("/api/v1/feed/seen/", {"at": items[2]["at"]})
    assert answer.json() == {"seen_at": items[1]["at"]}
    assert feed(viewer)["unread"] == 1

    assert client.put("/api/v1/feed/seen/").status_code == 200
    assert feed(viewer)["unread"] == 0


def test_seen_never_lies_in_the_future(
    viewer: User, client_of: ClientOf, deliver: Deliver, feed: Feed
) -> None:
    client_of(viewer).put("/api/v1/feed/seen/", {"at": "2999-01-01T00:00:00Z"})
    _rated(viewer, 1)
    deliver()

    assert feed(viewer)["unread"] == 1


@pytest.mark.parametrize("body", [{"at": "yesterday"}, {"at": None}, {"until": 1}, {"at": [1]}])
def test_bad_seen_is_refused(body: dict[str, object], client_of: ClientOf, db: None) -> None:
    assert client_of(make_user()).put("/api/v1/feed/seen/", body).status_code == 400


def test_unread_is_counted_up_to_a_hundred(viewer: User, deliver: Deliver, feed: Feed) -> None:
    _rated(viewer, 103)
    deliver()

    assert feed(viewer, limit=1)["unread"] == 100
    assert feed(viewer, limit=100)["unread"] == 100


def test_unchanged_feed_is_not_sent_again(
    viewer: User, client_of: ClientOf, deliver: Deliver
) -> None:
    _rated(viewer, 1)
    deliver()
    client = client_of(viewer)
    answer = client.get("/api/v1/feed/")
    assert "private" in answer["Cache-Control"]

    again = client.get("/api/v1/feed/", headers={"if-none-match": answer["ETag"]})

    assert again.status_code == 304


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize("hub", [False, True])
def test_three_queries_at_most(
    limit: int, hub: bool, viewer: User, client_of: ClientOf, deliver: Deliver
) -> None:
    ana, _ = _rated(viewer, 130)
    ben, _ = _rated(viewer, 20)
    if hub:
        Hub.objects.create(user=ben)
    deliver()
    client = client_of(viewer)

    with CaptureQueriesContext(connection) as first:
        body = client.get("/api/v1/feed/", {"limit": limit}).json()
    with CaptureQueriesContext(connection) as second:
        following = client.get("/api/v1/feed/", {"limit": limit, "cursor": body["next"]}).json()

    assert len(body["items"]) == limit
    assert following["items"]
    assert len(first) <= 3
    assert len(second) <= 3
