"""What a member and the viewer have in common, and what a member did."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.movies.selectors.matching import wilson_width
from apps.users.actions import block_user, follow_user, update_profile
from apps.users.models import User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], APIClient]


def rate(user: User, **half_stars: int) -> None:
    """Rate films by their titles."""
    for title, given_stars in half_stars.items():
        film = Movie.objects.filter(title=title).first() or make_movie(title)
        rate_movie(user=user, movie=film, half_stars=given_stars)


@pytest.fixture
def ana() -> User:
    user = make_user()
    rate(user, heat=10, ronin=8, alien=2, tootsie=6)
    return user


@pytest.fixture
def ben() -> User:
    user = make_user()
    rate(user, heat=10, ronin=6, alien=9, fargo=10)
    return user


def titles(films: list[dict[str, dict[str, str]]]) -> list[str]:
    return [film["movie"]["title"] for film in films]


def test_a_match_counts_the_films_that_both_rated(
    client_of: ClientOf, ana: User, ben: User
) -> None:
    body = client_of(ana).get(f"/api/v1/users/{ben.username}/match/").json()
    assert (body["shared"], body["agreed"], body["agreement"]) == (3, 2, 0.67)
    assert titles(body["alike"]) == ["heat", "ronin"]
    assert titles(body["apart"]) == ["alien"]
    assert (body["apart"][0]["my_stars"], body["apart"][0]["their_stars"]) == (1.0, 4.5)
    assert 0 < body["confidence"] < 0.5


def test_without_a_film_in_common_nothing_is_claimed(client_of: ClientOf, ana: User) -> None:
    body = client_of(ana).get(f"/api/v1/users/{make_user().username}/match/").json()
    assert (body["shared"], body["agreement"], body["confidence"]) == (0, None, 0.0)


@given(st.integers(1, 10_000), st.data())
def test_more_films_make_a_match_surer(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    width = wilson_width(successes, trials)
    assert 0 < width < 1
    assert wilson_width(2 * successes, 2 * trials) < width


@pytest.mark.parametrize("part", ["match", "activity", "mutuals"])
def test_what_is_not_open_stays_closed(
    client_of: ClientOf, ana: User, ben: User, part: str
) -> None:
    path = f"/api/v1/users/{ben.username}/{part}/"
    assert client_of(ana).get(path).status_code == 200
    update_profile(user=ben, visibility="followers")
    assert client_of(ana).get(path).status_code == 403
    block_user(blocker=ben, blocked=ana)
    assert client_of(ana).get(path).status_code == 404


def test_a_match_tells_nothing_of_ratings_that_are_not_shown(
    client_of: ClientOf, ana: User, ben: User
) -> None:
    update_profile(user=ben, ratings_visibility="private")
    assert client_of(ana).get(f"/api/v1/users/{ben.username}/match/").status_code == 403
    page = client_of(ana).get(f"/api/v1/users/{ben.username}/activity/").json()
    assert page["items"] == []


@pytest.mark.parametrize("part", ["match", "mutuals"])
def test_what_is_about_you_needs_you(client: APIClient, ben: User, part: str) -> None:
    assert client.get(f"/api/v1/users/{ben.username}/{part}/").status_code == 401


def test_activity_is_newest_first_and_in_pages(
    client: APIClient, ben: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    path = f"/api/v1/users/{ben.username}/activity/"
    seen: list[str] = []
    cursor = ""
    while True:
        with django_assert_max_num_queries(3):
            page = client.get(f"{path}?limit=3{cursor}").json()
        seen += titles(page["items"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["fargo", "alien", "ronin", "heat"]


def test_activity_names_nobody_whom_the_viewer_may_not_see(client: APIClient, ben: User) -> None:
    hidden = make_user()
    follow_user(follower=ben, followee=hidden)
    path = f"/api/v1/users/{ben.username}/activity/"
    assert hidden.username in client.get(path).content.decode()
    update_profile(user=hidden, visibility="followers")
    assert hidden.username not in client.get(path).content.decode()


def test_mutuals_are_whom_both_know(client_of: ClientOf, ana: User, ben: User) -> None:
    friend, stranger = make_user(), make_user()
    follow_user(follower=ana, followee=friend)
    for follower in (friend, stranger):
        follow_user(follower=follower, followee=ben)
    page = client_of(ana).get(f"/api/v1/users/{ben.username}/mutuals/").json()
    assert [item["username"] for item in page["items"]] == [friend.username]
