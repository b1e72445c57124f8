"""Whom to follow: who is near in the graph, and only as far as one may see them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.users.actions import (
    block_user,
    follow_user,
    mute_user,
    unfollow_user,
    update_profile,
)
from apps.users.models import User
from infra.embedded.testing import EmbeddedStores
from tests.apps.graph.test_api import undegraded
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

PATH = "/api/v1/me/suggestions/"
Drain = Callable[[], int]
ClientOf = Callable[[User], APIClient]


def suggested(client: APIClient, query: str = "") -> dict[str, list[dict[str, Any]]]:
    """The reasons for each name, in the order of the answer."""
    body = undegraded(client, PATH + query)
    assert body["degraded"] == []
    return {item["username"]: item["reasons"] for item in body["items"]}


def follow(follower: User, *followees: User) -> None:
    for followee in followees:
        follow_user(follower=follower, followee=followee)


def like(user: User, *titles: str) -> None:
    for title in titles:
        rate_movie(user=user, movie=Movie.objects.get(title=title), half_stars=9)


@pytest.fixture
def ana() -> User:
    return make_user()


@pytest.fixture
def as_ana(client_of: ClientOf, ana: User) -> APIClient:
    return client_of(ana)


@pytest.fixture
def dan(ana: User, drain: Drain) -> User:
    """Ben and Cat, whom Ana follows, follow Dan."""
    ben, cat, dan = make_user(), make_user(), make_user()
    follow(ana, ben, cat)
    for friend in (ben, cat):
        follow(friend, dan, ana)
    drain()
    return dan


@pytest.fixture
def eve(ana: User, drain: Drain) -> User:
    """Likes the films by Michael Lund that Ana likes."""
    eve = make_user()
    films = ("One by Lund", "Two by Lund", "Three by Lund")
    for title in films:
        make_movie(title, directors=("Michael Lund",))
    for user in (ana, eve):
        like(user, *films)
    drain()
    return eve


def test_people_followed_by_those_whom_one_follows(as_ana: APIClient, dan: User) -> None:
    found = suggested(as_ana)
    assert list(found) == [dan.username]
    [reason] = found[dan.username]
    assert reason["kind"] == "followed_by"
    first, second = reason["users"]
    assert reason["text"] == f"Followed by {first} and {second}, whom you follow"


def test_people_who_like_the_same_films_and_directors(as_ana: APIClient, eve: User) -> None:
    reasons = {reason["kind"]: reason for reason in suggested(as_ana)[eve.username]}
    assert reasons["alike"]["text"] == "Likes 3 films that you like"
    assert reasons["directors"]["directors"] == ["Michael Lund"]
    assert reasons["directors"]["text"] == "Likes films by Michael Lund, as you do"


def test_several_reasons_put_someone_first(
    as_ana: APIClient, ana: User, dan: User, eve: User, drain: Drain
) -> None:
    follow(User.objects.get(username=suggested(as_ana)[dan.username][0]["users"][0]), eve)
    drain()
    found = suggested(as_ana)
    assert list(found) == [eve.username, dan.username]
    assert {reason["kind"] for reason in found[eve.username]} == {
        "followed_by",
        "alike",
        "directors",
    }


def ask_to_follow(ana: User, dan: User) -> None:
    update_profile(user=dan, visibility="followers")
    follow_user(follower=ana, followee=dan)


@pytest.mark.parametrize(
    "hide",
    [
        lambda ana, dan: follow_user(follower=ana, followee=dan),
        ask_to_follow,
        lambda ana, dan: block_user(blocker=ana, blocked=dan),
        lambda ana, dan: block_user(blocker=dan, blocked=ana),
        lambda ana, dan: mute_user(muter=ana, muted=dan),
        lambda ana, dan: update_profile(user=dan, visibility="followers"),
        lambda ana, dan: update_profile(user=dan, visibility="private"),
        lambda ana, dan: User.objects.filter(pk=dan.pk).update(is_active=False),
        lambda ana, dan: User.objects.filter(pk=dan.pk).update(is_sample=True),
    ],
    ids=[
        "followed",
        "asked",
        "blocked",
        "blocks",
        "muted",
        "followers",
        "private",
        "inactive",
        "sample",
    ],
)
def test_who_must_not_come_is_gone_at_the_next_request(
    as_ana: APIClient, ana: User, dan: User, hide: Callable[[User, User], object]
) -> None:
    """Whatever the graph says: nothing is drained in between."""
    assert dan.username in suggested(as_ana)
    hide(ana, dan)
    assert dan.username not in suggested(as_ana)


def test_members_of_the_sample_come_when_asked_for(as_ana: APIClient, dan: User) -> None:
    User.objects.filter(pk=dan.pk).update(is_sample=True)
    assert dan.username in suggested(as_ana, "?with_samples=true")


def test_someone_who_is_not_wanted_never_comes_again(as_ana: APIClient, dan: User) -> None:
    for _ in range(2):
        assert as_ana.delete(f"{PATH}{dan.username}/").status_code == 204
    assert suggested(as_ana) == {}
    assert as_ana.delete(f"{PATH}nobody-at-all/").status_code == 404


def test_a_reason_names_nobody_who_is_hidden(as_ana: APIClient, dan: User) -> None:
    first, second = suggested(as_ana)[dan.username][0]["users"]
    update_profile(user=User.objects.get(username=first), visibility="private")
    [reason] = suggested(as_ana)[dan.username]
    assert reason["users"] == [second]
    assert reason["text"] == f"Followed by {second}, whom you follow"
    update_profile(user=User.objects.get(username=second), visibility="private")
    assert suggested(as_ana) == {}


def test_whom_one_has_just_unfollowed_is_no_reason(as_ana: APIClient, ana: User, dan: User) -> None:
    first, second = suggested(as_ana)[dan.username][0]["users"]
    unfollow_user(follower=ana, followee=User.objects.get(username=first))
    assert suggested(as_ana)[dan.username][0]["users"] == [second]


@pytest.mark.parametrize(
    "change", [{"ratings_visibility": "followers"}, {"used_for_others": False}]
)
def test_a_taste_that_is_not_shown_is_no_reason(
    as_ana: APIClient, eve: User, change: dict[str, Any]
) -> None:
    assert eve.username in suggested(as_ana)
    update_profile(user=eve, **change)
    assert suggested(as_ana) == {}


def test_without_the_graph_the_answer_is_empty_and_says_so(
    as_ana: APIClient, dan: User, stores: EmbeddedStores, visitors_wait: None
) -> None:
    stores.pause("neo4j")
    try:
        answer = as_ana.get(PATH)
    finally:
        stores.resume("neo4j")
    assert answer.status_code == 200
    assert answer.json() == {"items": [], "degraded": ["graph"]}


def test_it_costs_two_queries_besides_the_sign_in(as_ana: APIClient, dan: User, eve: User) -> None:
    suggested(as_ana)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        as_ana.get(f"{PATH}?limit=100")
    assert len([q for q in queries if "django_session" not in q["sql"]]) <= 3


def test_it_needs_somebody(client: APIClient) -> None:
    assert client.get(PATH).status_code == 401
