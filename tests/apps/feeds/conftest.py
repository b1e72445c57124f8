"""A feed that is read over HTTP, deliveries into the timelines alone, and Valkey seen directly."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from apps.common.errors import StoreUnavailable
from apps.feeds.rebuild import rebuild_timeline
from apps.feeds.scripts import KEPT
from apps.feeds.timeline import Timelines, Window, get_timelines
from apps.movies.selectors.activity import Position
from apps.outbox import relay
from apps.outbox.models import Message
from apps.users.models import User
from infra.embedded.testing import EmbeddedStores

Body = dict[str, Any]


@pytest.fixture
def timelines() -> Timelines:
    """The store as the application uses it."""
    return get_timelines()


@pytest.fixture
def valkey(stores: EmbeddedStores) -> Iterator[Redis]:
    """Valkey itself, for looking at what the application wrote."""
    client = Redis.from_url(stores.environment["REDIS_URL"], decode_responses=True)
    yield client
    client.close()


@pytest.fixture
def deliver(db: None) -> Callable[[], None]:
    """Bring everything published so far into the timelines, refused news included."""

    def run() -> None:
        end = time.monotonic() + 20
        while Message.objects.filter(destination="feeds").exists():
            assert time.monotonic() < end, "not delivered"
            relay.drain("feeds")

    return run


@pytest.fixture
def warm(db: None) -> Callable[[User], User]:
    """A member whose timeline is ready."""

    def run(user: User) -> User:
        assert rebuild_timeline(user.pk)
        return user

    return run


@pytest.fixture
def feed(client_of: Callable[[User], Any]) -> Callable[..., Body]:
    """The body of a member's feed, from a Valkey that answers; a busy machine gets its time."""

    def read(user: User, **query: object) -> Body:
        client, end = client_of(user), time.monotonic() + 10
        while True:
            answer = client.get("/api/v1/feed/", query)
            assert answer.status_code == 200, answer.content
            body: Body = answer.json()
            if not body["degraded"]:
                return body
            assert time.monotonic() < end, "Valkey does not answer"

    return read


@pytest.fixture
def window_of(timelines: Timelines) -> Callable[..., Window | None]:
    """A part of a member's timeline as it can be served, or None."""

    def read(user: User, before: Position | None = None) -> Window | None:
        end = time.monotonic() + 10
        while True:
            try:
                return timelines.window(user.pk, before=before, limit=KEPT)
            except StoreUnavailable:
                assert time.monotonic() < end, "Valkey does not answer"

    return read


def did(body: Body) -> list[tuple[str, str, object]]:
    """Who did what in a page: (actor, kind, film's id or followed name)."""
    return [
        (
            item["actor"]["username"],
            item["kind"],
            (item["movie"] or {}).get("id") or item["user"]["username"],
        )
        for item in body["items"]
    ]
