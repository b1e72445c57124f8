"""What stands in a feed, from a timeline that is ready and from Postgres."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from apps.feeds.actions import mark_seen
from apps.feeds.rebuild import rebuild_timeline
from apps.feeds.timeline import Window
from apps.movies.actions import delete_member, delete_movie, rate_movie, unrate_movie
from apps.movies.models import Rating
from apps.users.actions import (
    block_user,
    follow_user,
    mute_user,
    unfollow_user,
    unmute_user,
    update_profile,
)
from apps.users.models import Block, Follow, User
from tests.apps.feeds.conftest import Body, did
from tests.factories import make_movie, make_user

Deliver = Callable[[], None]
Feed = Callable[..., Body]
Warm = Callable[[User], User]
WindowOf = Callable[..., Window | None]


@pytest.fixture(params=["timeline", "pulled"])
def viewer(request: Any, db: None, warm: Warm) -> User:
    """A member whose feed comes from a timeline, then one whose feed is pulled."""
    user = make_user()
    return warm(user) if request.param == "timeline" else user


def test_followed_rating_appears_whole(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, heat = make_user(display_name="Ana"), make_movie("Heat", year=1995)
    follow_user(follower=viewer, followee=ana)
    rating = rate_movie(user=ana, movie=heat, half_stars=9)
    deliver()
    rating.refresh_from_db()

    body = feed(viewer)

    assert body["items"] == [
        {
            "kind": "rating",
            "at": rating.rated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "actor": {"username": ana.username, "display_name": "Ana"},
            "movie": {"id": heat.pk, "title": "Heat", "year": 1995},
            "stars": 4.5,
            "user": None,
        }
    ]
    assert (body["next"], body["unread"], body["degraded"]) == (None, 1, [])


def test_followed_follow_appears(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, ben = make_user(), make_user(display_name="Ben")
    follow_user(follower=viewer, followee=ana)
    follow_user(follower=ana, followee=ben)
    deliver()

    (item,) = feed(viewer)["items"]

    assert (item["kind"], item["movie"], item["stars"]) == ("follow", None, None)
    assert item["user"] == {"username": ben.username, "display_name": "Ben"}


def test_follow_brings_what_was_before(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, movies = make_user(), [make_movie() for _ in range(3)]
    for movie in movies:
        rate_movie(user=ana, movie=movie, half_stars=6)
    deliver()
    follow_user(follower=viewer, followee=ana)
    deliver()

    assert did(feed(viewer)) == [(ana.username, "rating", m.pk) for m in reversed(movies)]


def test_own_activity_is_not_in_the_feed(viewer: User, deliver: Deliver, feed: Feed) -> None:
    rate_movie(user=viewer, movie=make_movie(), half_stars=6)
    follow_user(follower=viewer, followee=make_user())
    deliver()

    assert feed(viewer)["items"] == []


def test_request_to_follow_brings_nothing(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana = make_user(visibility="followers")
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()
    assert feed(viewer)["items"] == []

    update_profile(user=ana, visibility="public")
    deliver()
    assert len(feed(viewer)["items"]) == 1


def test_changed_rating_does_not_bump(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, first, second = make_user(), make_movie(), make_movie()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=first, half_stars=6)
    rate_movie(user=ana, movie=second, half_stars=6)
    rate_movie(user=ana, movie=first, half_stars=2)
    deliver()

    body = feed(viewer)

    assert [item["movie"]["id"] for item in body["items"]] == [second.pk, first.pk]
    assert [item["stars"] for item in body["items"]] == [3.0, 1.0]


def test_unrate_and_rate_again_moves_up(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, first, second = make_user(), make_movie(), make_movie()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=first, half_stars=6)
    rate_movie(user=ana, movie=second, half_stars=6)
    deliver()
    unrate_movie(user=ana, movie=first)
    rate_movie(user=ana, movie=first, half_stars=6)
    deliver()

    assert [item["movie"]["id"] for item in feed(viewer)["items"]] == [first.pk, second.pk]


REMOVALS: dict[str, Callable[[User, User, Any], object]] = {
    "unrate": lambda viewer, ana, heat: unrate_movie(user=ana, movie=heat),
    "unfollow": lambda viewer, ana, heat: unfollow_user(follower=viewer, followee=ana),
    "block": lambda viewer, ana, heat: block_user(blocker=viewer, blocked=ana),
    "blocked": lambda viewer, ana, heat: block_user(blocker=ana, blocked=viewer),
    "film deleted": lambda viewer, ana, heat: delete_movie(movie=heat),
    "author deleted": lambda viewer, ana, heat: delete_member(user=ana),
}


@pytest.mark.parametrize("removal", REMOVALS)
def test_removal_shows_at_once_and_leaves_the_timeline(
    removal: str, deliver: Deliver, feed: Feed, warm: Warm, window_of: WindowOf
) -> None:
    viewer, ana, heat = warm(make_user()), make_user(), make_movie()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=heat, half_stars=6)
    deliver()
    assert len(feed(viewer)["items"]) == 1

    REMOVALS[removal](viewer, ana, heat)
    before_delivery = feed(viewer)
    deliver()

    assert (before_delivery["items"], before_delivery["unread"]) == ([], 0)
    window = window_of(viewer)
    assert window is not None
    assert window.positions == []


def test_inactive_author_is_hidden_until_they_return(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    ana, first, second = make_user(), make_movie(), make_movie()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=first, half_stars=6)
    rate_movie(user=ana, movie=second, half_stars=6)
    deliver()

    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert (feed(viewer)["items"], feed(viewer)["unread"]) == ([], 0)
    rate_movie(user=ana, movie=first, half_stars=8)
    deliver()
    assert feed(viewer)["items"] == []

    User.objects.filter(pk=ana.pk).update(is_active=True)
    assert [item["movie"]["id"] for item in feed(viewer)["items"]] == [second.pk, first.pk]


def test_block_beside_a_follow_hides(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana = make_user()
    follow_user(follower=viewer, followee=ana)
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()
    Block.objects.create(blocker=ana, blocked=viewer)

    assert (feed(viewer)["items"], feed(viewer)["unread"]) == ([], 0)


def test_follow_of_someone_hidden_is_hidden(viewer: User, deliver: Deliver, feed: Feed) -> None:
    ana, ben = make_user(), make_user()
    follow_user(follower=viewer, followee=ana)
    follow_user(follower=ana, followee=ben)
    deliver()
    assert len(feed(viewer)["items"]) == 1

    update_profile(user=ben, visibility="followers")

    assert (feed(viewer)["items"], feed(viewer)["unread"]) == ([], 0)


def test_who_is_muted_is_not_in_the_feed_and_comes_back(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    """Neither what they did nor what others did to them."""
    ana, ben = make_user(), make_user()
    for followee in (ana, ben):
        follow_user(follower=viewer, followee=followee)
    follow_user(follower=ana, followee=ben)
    rate_movie(user=ben, movie=make_movie(), half_stars=6)
    deliver()
    assert len(feed(viewer)["items"]) == 2

    mute_user(muter=viewer, muted=ben)
    assert (feed(viewer)["items"], feed(viewer)["unread"]) == ([], 0)

    unmute_user(muter=viewer, muted=ben)
    assert len(feed(viewer)["items"]) == 2


def test_private_author_stays_with_their_followers(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    ana = make_user()
    follow_user(follower=viewer, followee=ana)
    update_profile(user=ana, visibility="followers")
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()

    assert len(feed(viewer)["items"]) == 1


def test_a_next_page_tells_nothing_of_what_is_hidden(
    viewer: User, deliver: Deliver, feed: Feed
) -> None:
    """With a ratings' setting for oneself, as if they were not there."""
    ana = make_user(ratings_visibility="private")
    follow_user(follower=viewer, followee=ana)
    for _ in range(12):
        rate_movie(user=ana, movie=make_movie(), half_stars=6)
    follow_user(follower=ana, followee=make_user())
    deliver()
    mark_seen(user_id=viewer.pk)
    body = feed(viewer, limit=1)
    assert did(body)[0][1] == "follow"
    assert body["next"] is None


def test_bulk_follow_without_messages_shows_when_pulled(db: None, feed: Feed) -> None:
    viewer, ana, heat = make_user(), make_user(), make_movie()
    Follow.objects.create(follower=viewer, followee=ana)
    Rating.objects.create(user=ana, movie=heat, half_stars=6)

    assert did(feed(viewer)) == [(ana.username, "rating", heat.pk)]


@pytest.mark.parametrize("at_once", [2, 850])
def test_pages_beyond_the_tail_are_pulled(
    at_once: int, deliver: Deliver, feed: Feed, warm: Warm, valkey: Redis
) -> None:
    viewer, ana = warm(make_user()), make_user()
    follow_user(follower=viewer, followee=ana)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    movies = [make_movie() for _ in range(850)]
    Rating.objects.bulk_create(
        Rating(
            user=ana, movie=movie, half_stars=6, rated_at=start + timedelta(minutes=n // at_once)
        )
        for n, movie in enumerate(movies)
    )
    deliver()
    assert valkey.zcard(f"feed:{viewer.pk}:entries") == 800
    newest = make_movie()
    rate_movie(user=ana, movie=newest, half_stars=6)
    deliver()
    assert valkey.zcard(f"feed:{viewer.pk}:entries") == 800

    seen: list[int] = []
    cursor: dict[str, object] = {}
    while True:
        body = feed(viewer, limit=100, **cursor)
        seen += [item["movie"]["id"] for item in body["items"]]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}

    by_time = sorted(
        Rating.objects.filter(user=ana),
        key=lambda rating: (rating.rated_at, f"rating:{ana.pk}:{rating.movie_id}"),
        reverse=True,
    )
    assert seen == [rating.movie_id for rating in by_time]
    held = valkey.zrevrange(f"feed:{viewer.pk}:entries", 0, -1)
    assert held == [f"rating:{ana.pk}:{movie_id}" for movie_id in seen[:800]]
    assert rebuild_timeline(viewer.pk)
    assert valkey.zrevrange(f"feed:{viewer.pk}:entries", 0, -1) == held
