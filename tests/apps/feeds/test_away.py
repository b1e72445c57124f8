"""Valkey paused: it accepts and never answers."""

import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from rest_framework.test import APIClient

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.feeds import rebuild
from apps.feeds.timeline import Timelines
from apps.movies.actions import rate_movie
from apps.outbox import fences, relay
from apps.outbox.models import Circuit, Failure, Message
from apps.users.actions import follow_user
from apps.users.models import User
from infra.embedded.testing import EmbeddedStores
from tests.apps.feeds.conftest import Body, did
from tests.factories import make_movie, make_user

Deliver = Callable[[], None]
Feed = Callable[..., Body]
Warm = Callable[[User], User]


@pytest.fixture
def silent(stores: EmbeddedStores, timelines: Timelines) -> Iterator[Callable[[], None]]:
    """Makes Valkey silent; afterwards it answers again, and the readers know."""
    yield lambda: stores.pause("valkey")
    stores.resume("valkey")
    end = time.monotonic() + 10
    while not _is_read(timelines):
        assert time.monotonic() < end, "readers do not come back"


def _is_read(timelines: Timelines) -> bool:
    try:
        timelines.window(0, before=None, limit=1)
    except StoreUnavailable:
        return False
    return True


def test_silent_valkey_degrades_and_writes_go_on(
    silent: Callable[[], None],
    client_of: Callable[[User], APIClient],
    warm: Warm,
    deliver: Deliver,
    feed: Feed,
) -> None:
    viewer, ana, heat, ran = warm(make_user()), make_user(), make_movie(), make_movie()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=heat, half_stars=6)
    deliver()
    healthy = feed(viewer)
    client = client_of(viewer)
    silent()

    times = []
    for _ in range(5):
        start = time.monotonic()
        answer = client.get("/api/v1/feed/")
        times.append(time.monotonic() - start)
        assert answer.status_code == 200
        assert answer.json() == {**healthy, "degraded": ["feeds"]}
    assert sorted(times)[2] < 0.3

    rated = client_of(ana).put(f"/api/v1/movies/{ran.pk}/rating/", {"stars": 4})
    assert rated.status_code == 200
    assert client.put("/api/v1/feed/seen/").status_code == 200
    body = client.get("/api/v1/feed/").json()
    assert [film for _, _, film in did(body)] == [ran.pk, heat.pk]
    assert body["unread"] == 0


def test_silent_valkey_keeps_the_messages(
    silent: Callable[[], None], stores: EmbeddedStores, warm: Warm, deliver: Deliver, feed: Feed
) -> None:
    viewer, ana, heat = warm(make_user()), make_user(), make_movie()
    follow_user(follower=viewer, followee=ana)
    deliver()
    rate_movie(user=ana, movie=heat, half_stars=6)
    silent()

    assert relay.drain("feeds") == 0
    assert Message.objects.filter(destination="feeds").count() == 1
    assert not health.answers("feeds")
    assert rebuild.warm_timelines() == 0

    stores.resume("valkey")
    Circuit.objects.filter(destination="feeds").delete()
    deliver()
    assert health.answers("feeds")
    assert did(feed(viewer)) == [(ana.username, "rating", heat.pk)]


def test_silent_valkey_fails_every_write(
    silent: Callable[[], None], timelines: Timelines, db: None
) -> None:
    fence = fences.draw("feeds")
    silent()

    with pytest.raises(StoreUnavailable):
        timelines.begin(1, fence)
    with pytest.raises(StoreUnavailable):
        timelines.drop([1])


def test_what_valkey_says_of_itself_is_no_fault_of_a_message(
    valkey: Redis, warm: Warm, deliver: Deliver, feed: Feed
) -> None:
    """As with a full disk, when it refuses every write: no attempt is counted."""
    viewer, ana, heat = warm(make_user()), make_user(), make_movie()
    follow_user(follower=viewer, followee=ana)
    deliver()
    rate_movie(user=ana, movie=heat, half_stars=6)
    valkey.config_set("min-replicas-to-write", 1)
    try:
        assert relay.drain("feeds") == 0
    finally:
        valkey.config_set("min-replicas-to-write", 0)
    assert not Failure.objects.exists()
    assert Circuit.objects.filter(destination="feeds").exists()

    Circuit.objects.filter(destination="feeds").delete()
    deliver()
    assert did(feed(viewer)) == [(ana.username, "rating", heat.pk)]
