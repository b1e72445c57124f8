"""Ratings are seen by whom their member lets in, and a film's number and mean tell of nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.selectors import activity
from apps.movies.selectors.activity_details import visible_activities
from apps.recommendations import selectors
from apps.users.actions import follow_user, update_profile
from apps.users.models import User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], APIClient]
NOBODY, EVERYONE, FOLLOWERS = set[str](), {"nobody", "stranger", "fan"}, {"fan"}


@pytest.mark.parametrize(
    ("profile", "ratings", "expected"),
    [
        ("public", "public", EVERYONE),
        ("public", "followers", FOLLOWERS),
        ("public", "private", NOBODY),
        ("followers", "public", FOLLOWERS),
        ("followers", "followers", FOLLOWERS),
        ("followers", "private", NOBODY),
        ("private", "public", NOBODY),
    ],
)
def test_ratings_are_never_open_to_more_than_the_profile(
    client_of: ClientOf, profile: str, ratings: str, expected: set[str]
) -> None:
    member, fan, heat = make_user(), make_user(), make_movie("Heat")
    follow_user(follower=fan, followee=member)
    rate_movie(user=member, movie=heat, half_stars=9)
    member = update_profile(user=member, visibility=profile, ratings_visibility=ratings)

    viewers = {"nobody": None, "stranger": make_user().pk, "fan": fan.pk, "oneself": member.pk}
    facts = activity.newest_of([member.pk], limit=10)
    seen = {name for name, pk in viewers.items() if visible_activities(pk, facts)}
    assert seen == {*expected, "oneself"}
    for name, pk in viewers.items():
        known = selectors.known(pk, [heat.pk], likes={(member.pk, heat.pk)})
        assert (member.pk in known.usernames) == (name in seen)

    for path in (f"/api/v1/movies/{heat.pk}/friends/", "/api/v1/feed/"):
        assert len(client_of(fan).get(path).json()["items"]) == ("fan" in expected)
    assert selectors.liked_by_following(fan.pk) == ({heat.pk} if "fan" in expected else set())
    mine = client_of(member).get("/api/v1/me/ratings/").json()["items"]
    assert [item["movie"]["id"] for item in mine] == [heat.pk]


def test_whom_one_follows_is_no_rating(client_of: ClientOf) -> None:
    member, fan, other = make_user(ratings_visibility="private"), make_user(), make_user()
    follow_user(follower=fan, followee=member)
    follow_user(follower=member, followee=other)
    (item,) = client_of(fan).get("/api/v1/feed/").json()["items"]
    assert (item["kind"], item["actor"]["username"]) == ("follow", member.username)


def test_the_setting_is_seen_by_oneself_alone(client_of: ClientOf) -> None:
    member, other = make_user(), make_user()
    mine = client_of(member)
    assert mine.get("/api/v1/me/").json()["ratings_visibility"] == "public"
    changed = mine.patch("/api/v1/me/", {"ratings_visibility": "private"}).json()
    assert changed["ratings_visibility"] == "private"
    assert mine.patch("/api/v1/me/", {"ratings_visibility": "friends"}).status_code == 400
    profile = client_of(other).get(f"/api/v1/users/{member.username}/").json()
    assert "ratings_visibility" not in profile


def test_one_or_two_ratings_leave_no_trace_in_the_catalogue(
    client: APIClient, drain: Callable[[], int]
) -> None:
    """Whoever may see them: a number of one is the opinion of one."""
    first, second = make_movie("Film noir"), make_movie("Film noir")
    for _ in range(3):
        rate_movie(user=make_user(), movie=second, half_stars=7)
    drain()

    def seen() -> list[Any]:
        queries = ("", "?ordering=-score", "?rating_min=3.5", "?q=film+noir", "?ordering=-ratings")
        paths = (*(f"movies/{query}" for query in queries), "movies/autocomplete/?q=film")
        answers = [client.get(f"/api/v1/{path}") for path in (*paths, f"movies/{first.pk}/")]
        return [(answer.json(), answer.get("ETag")) for answer in answers]

    before = seen()
    for _ in range(2):
        rate_movie(user=make_user(), movie=first, half_stars=10)
        drain()
        assert seen() == before
    for _ in range(2):
        rate_movie(user=make_user(), movie=first, half_stars=10)
    drain()
    told = client.get(f"/api/v1/movies/{first.pk}/").json()
    assert (told["ratings"], told["mean_stars"]) == (4, 5.0)
    for (now, _), (then, _) in zip(seen()[:6], before[:6], strict=True):
        assert ids(now) != ids(then)


def test_a_slate_tells_no_more_of_a_film_than_the_catalogue(
    client_of: ClientOf, drain: Callable[[], int]
) -> None:
    ana, ben, film = make_user(), make_user(), make_movie()
    follow_user(follower=ana, followee=ben)
    rate_movie(user=ben, movie=film, half_stars=10)
    drain()
    (item,) = client_of(ana).get("/api/v1/me/recommendations/").json()["items"]
    assert (item["movie"]["ratings"], item["movie"]["mean_stars"]) == (None, None)


def ids(body: Any) -> list[int]:
    """The films of a listing."""
    return [item["id"] for item in body["items"]]
