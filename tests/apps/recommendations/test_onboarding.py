"""The first films: well known, unlike each other; none, one or five are enough to go on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.movies.models import Genre, Movie, MovieStatistics
from apps.recommendations import onboarding
from apps.recommendations.models import OnboardingPick
from apps.users.models import User
from tests.apps.recommendations.conftest import Drain, like, reasons, shown, slate
from tests.factories import make_movie, make_user
from tests.sessions import until_someone_waits

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PATH = "/api/v1/me/onboarding/"


def known(title: str, ratings: int, *genres: str, **fields: Any) -> Movie:
    """A film that so many have rated."""
    for genre in genres:
        Genre.objects.get_or_create(name=genre)
    film = make_movie(title, genres=genres, **fields)
    MovieStatistics.objects.filter(movie=film).update(ratings=ratings, half_stars_sum=7 * ratings)
    return film


def offered(client: APIClient, limit: int = 20) -> list[str]:
    return [item["title"] for item in client.get(PATH, {"limit": limit}).json()["items"]]


def test_well_known_films_of_many_kinds_are_offered(as_ana: APIClient) -> None:
    known("War one", 300, "War")
    known("War two", 290, "War")
    known("Love one", 200, "Romance")
    known("Nobody's", 0, "Horror")
    assert offered(as_ana) == ["War one", "Love one", "War two"]


def test_what_one_has_said_something_of_is_not_offered(ana: User, as_ana: APIClient) -> None:
    rated, picked, left = (known(name, 50, name) for name in ("A", "B", "C"))
    like(ana, rated)
    as_ana.post(PATH, {"dislike": [picked.pk]})
    assert offered(as_ana) == [left.title]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_picks_lead_to_films_at_once(as_ana: APIClient, drain: Drain, count: int) -> None:
    popular = known("Everybody's", 100, plot="unlike all others")
    picks = [make_movie(plot=f"the {number} ufo lands in kansas") for number in range(count)]
    near = make_movie(plot="the ufo lands in kansas")
    MovieStatistics.objects.filter(movie=popular).update(score=4)
    drain()
    MovieStatistics.objects.filter(movie=popular).update(ratings=100, score=4, half_stars_sum=800)
    body = {"like": [film.pk for film in picks], "dislike": []}
    assert as_ana.post(PATH, body).json() == body
    answer = slate(as_ana)
    assert ("content" in reasons(answer, near)) == (count > 0)
    assert "popular" in reasons(answer, popular)
    assert set(shown(answer)).isdisjoint(body["like"])


def test_picks_replace_those_before_and_ratings_replace_picks(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    one, two = (make_movie(directors=(name,)) for name in ("Tt Uu", "Vv Ww"))
    by_one, by_two = (make_movie(directors=(name,)) for name in ("Tt Uu", "Vv Ww"))
    drain()
    as_ana.post(PATH, {"like": [one.pk]})
    assert "people" in reasons(slate(as_ana), by_one)
    as_ana.post(PATH, {"like": [two.pk]})
    answer = slate(as_ana)
    assert "people" in reasons(answer, by_two)
    assert "people" not in reasons(answer, by_one)
    as_ana.put(f"/api/v1/movies/{two.pk}/rating/", {"stars": 1})
    assert "people" not in reasons(slate(as_ana), by_two)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [[0, 1], [2, 3]], ids=["the same", "others"])
def test_of_two_calls_at_once_the_second_replaces_the_first(second: list[int]) -> None:
    ana, films = make_user(), [make_movie().pk for _ in range(4)]
    wanted = [films[place] for place in second]
    begun = threading.Event()

    def pick() -> None:
        begun.wait(5)
        onboarding.pick_films(user=ana, like=wanted, dislike=[])
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(pick)
        with transaction.atomic():
            onboarding.pick_films(user=ana, like=films[:2], dislike=[])
            begun.set()
            until_someone_waits()
        other.result(10)
    picked = OnboardingPick.objects.filter(user=ana).values_list("movie", flat=True)
    assert sorted(picked) == sorted(wanted)


def test_the_offer_is_made_anew_after_an_hour_however_often_it_is_asked_for(
    as_ana: APIClient,
) -> None:
    known("Known", 10)
    assert offered(as_ana) == ["Known"]
    cache.touch(onboarding.KEY, 100)
    assert offered(as_ana) == ["Known"]
    valkey = cache._cache.get_client()
    assert valkey.ttl(cache.make_key(onboarding.KEY)) <= 100


def test_what_cannot_be_picked_is_named(as_ana: APIClient) -> None:
    film = make_movie().pk
    for body, status, pointer in (
        ({"like": [film], "dislike": [film]}, 400, "/dislike"),
        ({"like": [film, 10**15]}, 404, "/like/1"),
        ({"like": list(range(1, 52))}, 400, "/like"),
        ({"like": list(range(1, 41)), "dislike": list(range(41, 61))}, 400, "/dislike"),
    ):
        answer = as_ana.post(PATH, body)
        assert answer.status_code == status
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("limit", [1, 100])
def test_query_budget(
    as_ana: APIClient, limit: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    known("Known", 10)
    with django_assert_max_num_queries(3):
        assert offered(as_ana, limit) == ["Known"]
    with django_assert_max_num_queries(2):
        assert offered(as_ana, limit) == ["Known"]
