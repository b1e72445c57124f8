"""Authors with very many followers: pulled, never pushed."""

from collections.abc import Callable

import pytest
from redis import Redis

from apps.feeds import rebuild
from apps.feeds.audience import HUB_FOLLOWERS
from apps.feeds.models import Hub
from apps.movies.actions import rate_movie
from apps.users.actions import follow_user, unfollow_user
from apps.users.models import Follow, User
from tests.apps.feeds.conftest import Body, did
from tests.factories import make_movie, make_user

Deliver = Callable[[], None]
Feed = Callable[..., Body]
Warm = Callable[[User], User]


@pytest.fixture
def star(db: None) -> User:
    """A member with as many followers as one who is no hub can have."""
    star = make_user()
    names = [f"fan-{star.pk}-{n}" for n in range(HUB_FOLLOWERS)]
    fans = User.objects.bulk_create(
        User(username=name, email=f"{name}@example.com", password="!") for name in names
    )
    Follow.objects.bulk_create(Follow(follower=fan, followee=star) for fan in fans)
    return star


def test_hub_is_merged_with_the_others(
    star: User, warm: Warm, deliver: Deliver, feed: Feed, valkey: Redis
) -> None:
    viewer, ana = warm(make_user()), make_user()
    follow_user(follower=viewer, followee=star)
    follow_user(follower=viewer, followee=ana)
    movies = [make_movie() for _ in range(6)]
    for author, movie in zip([star, ana] * 3, movies, strict=True):
        rate_movie(user=author, movie=movie, half_stars=6)
    deliver()

    assert Hub.objects.filter(user=star).exists()
    assert valkey.zcard(f"feed:{viewer.pk}:entries") == 3
    first = feed(viewer, limit=4)
    second = feed(viewer, limit=4, cursor=first["next"])
    shown = did(first) + did(second)
    assert [film for _, _, film in shown] == [movie.pk for movie in reversed(movies)]
    assert first["unread"] == 6

    unfollow_user(follower=viewer, followee=star)
    deliver()
    assert {name for name, _, _ in did(feed(viewer))} == {ana.username}


def test_hub_stays_one_until_a_rebuild(
    star: User, warm: Warm, deliver: Deliver, feed: Feed, valkey: Redis
) -> None:
    viewer, heat = warm(make_user()), make_movie()
    follow_user(follower=viewer, followee=star)
    deliver()
    Follow.objects.filter(followee=star).exclude(follower=viewer).delete()
    rate_movie(user=star, movie=heat, half_stars=6)
    deliver()
    assert valkey.zcard(f"feed:{viewer.pk}:entries") == 0
    assert did(feed(viewer)) == [(star.username, "rating", heat.pk)]

    rebuild.rebuild(lambda *progress: None)

    assert not Hub.objects.filter(user=star).exists()
    assert valkey.zcard(f"feed:{viewer.pk}:entries") == 1
    assert did(feed(viewer)) == [(star.username, "rating", heat.pk)]
