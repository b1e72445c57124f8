"""Recommendations and similar films on the real stores."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie, unrate_movie, update_movie
from apps.movies.models import Genre, MovieStatistics
from apps.recommendations.statistics import PRIOR_RATINGS, PRIOR_STARS
from apps.users.actions import (
    block_user,
    follow_user,
    mute_user,
    unfollow_user,
    unmute_user,
    update_profile,
)
from apps.users.models import User
from apps.vectors.generations import pointer
from infra.embedded.testing import EmbeddedStores
from tests.apps.recommendations.conftest import ClientOf, Drain, like, reasons, shown, slate
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


def test_nobody_gets_no_recommendations(client: APIClient) -> None:
    assert client.get("/api/v1/me/recommendations/").status_code == 401


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_a_limit_beyond_its_bounds_is_refused(as_ana: APIClient, limit: str) -> None:
    assert as_ana.get("/api/v1/me/recommendations/", {"limit": limit}).status_code == 400


def test_films_about_the_same_come_with_the_film_that_led_to_them(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    seed = make_movie("Zorp", plot="submarine crew hunts enemy convoy in the cold atlantic")
    near = make_movie("Quux", plot="a submarine crew hunts an enemy convoy in the atlantic")
    like(ana, seed)
    drain()

    reason = reasons(slate(as_ana), near)["content"]
    assert reason["movies"][0]["id"] == seed.pk
    assert "Zorp" in reason["text"]

    unrate_movie(user=ana, movie=seed)
    assert "content" not in reasons(slate(as_ana), near)


def test_films_that_the_followed_like_come_until_the_evidence_goes(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben, cat = make_user("ben"), make_user("cat")
    film = make_movie()
    for user in (ben, cat):
        like(user, film)
        follow_user(follower=ana, followee=user)
    drain()
    assert sorted(reasons(slate(as_ana), film)["social"]["users"]) == ["ben", "cat"]

    unfollow_user(follower=ana, followee=ben)
    assert reasons(slate(as_ana), film)["social"]["users"] == ["cat"]
    block_user(blocker=cat, blocked=ana)
    assert "social" not in reasons(slate(as_ana), film)


def test_what_the_graph_has_not_heard_of_is_told_no_more(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    """A like that is taken back, or not to be learned from, and a follow that others ended."""
    ben, cat = make_user("ben"), make_user("cat")
    one, two, of_cat = (make_movie() for _ in range(3))
    follow_user(follower=ana, followee=ben)
    follow_user(follower=ben, followee=cat)
    like(ben, one, two)
    like(cat, of_cat)
    drain()
    assert {one.pk, two.pk, of_cat.pk} <= set(shown(slate(as_ana)))

    unrate_movie(user=ben, movie=one)
    rate_movie(user=ben, movie=two, half_stars=10, learn=False)
    unfollow_user(follower=ben, followee=cat)
    assert shown(slate(as_ana)) == []


def test_what_the_hidden_like_leaves_no_trace_among_popular_films(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    """Many rated it, and more films are better: it would come only because Ana follows Eve."""
    eve = make_user(ratings_visibility="private")
    follow_user(follower=ana, followee=eve)
    of_eve = make_movie("Of Eve")
    like(eve, of_eve)
    better = [make_movie() for _ in range(60)]
    drain()
    rated = MovieStatistics.objects.filter(movie__in=[*better, of_eve])
    rated.update(ratings=50, half_stars_sum=400, score=3.9)
    rated.filter(movie=of_eve).update(score=3.8)
    for _ in range(6):
        assert of_eve.pk not in shown(slate(as_ana, 20))


def test_the_hidden_take_no_places_of_those_who_may_be_named(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben, of_ben = make_user("ben"), make_movie()
    theirs = [make_movie() for _ in range(60)]
    for hidden in (make_user(ratings_visibility="private"), make_user(used_for_others=False)):
        follow_user(follower=ana, followee=hidden)
        like(hidden, *theirs)
    follow_user(follower=ana, followee=ben)
    like(ben, of_ben)
    drain()
    assert shown(slate(as_ana, 20)) == [of_ben.pk]


def test_a_private_profile_never_shows_itself_through_a_reason(
    ana: User, as_ana: APIClient, client_of: ClientOf, drain: Drain
) -> None:
    """Those who agree with me are named; once private, not even the film comes through them."""
    shared, hidden = [make_movie() for _ in range(3)], make_movie()
    eve = make_user("eve")
    for film in shared:
        like(ana, film)
        like(eve, film)
    like(eve, hidden)
    drain()
    assert reasons(slate(as_ana), hidden)["social"]["users"] == ["eve"]

    update_profile(user=eve, visibility="followers")
    assert "social" not in reasons(slate(as_ana), hidden)


def test_who_is_muted_leads_to_nothing_and_leads_again_afterwards(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    """Neither as someone followed, nor as the way to those whom they follow."""
    ben, cat = make_user("ben"), make_user("cat")
    of_ben, of_cat, seed = make_movie(), make_movie(), make_movie()
    follow_user(follower=ana, followee=ben)
    follow_user(follower=ben, followee=cat)
    like(ben, of_ben)
    like(cat, of_cat)
    drain()
    wish = {"like": [seed.pk], "filters": {"liked_by_following": True}}

    def similar() -> list[int]:
        return shown(as_ana.post("/api/v1/similar/", wish, format="json").json())

    found = slate(as_ana)
    assert similar() == [of_ben.pk]
    assert reasons(found, of_ben)["social"]["users"] == ["ben"]
    assert reasons(found, of_cat)["social"]["users"] == ["cat"]

    mute_user(muter=ana, muted=ben)
    assert shown(slate(as_ana)) == similar() == []

    unmute_user(muter=ana, muted=ben)
    assert sorted(shown(slate(as_ana))) == [of_ben.pk, of_cat.pk]


def test_films_by_a_liked_director_name_director_and_film(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    seed = make_movie("Seed", directors=("Una Directrix",))
    other = make_movie("Other", directors=("Una Directrix",))
    like(ana, seed)
    drain()
    reason = reasons(slate(as_ana), other)["people"]
    assert reason["person"]["name"] == "Una Directrix"
    assert reason["movies"][0]["id"] == seed.pk

    rate_movie(user=ana, movie=seed, half_stars=2)
    assert "people" not in reasons(slate(as_ana), other)


def test_what_the_viewer_rated_never_comes_however_fresh(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    films = [make_movie() for _ in range(5)]
    for film in films:
        like(ben, film)
    drain()
    assert {film.pk for film in films} <= {item["movie"]["id"] for item in slate(as_ana)["items"]}
    rate_movie(user=ana, movie=films[0], half_stars=1)
    assert films[0].pk not in {item["movie"]["id"] for item in slate(as_ana)["items"]}


def test_a_film_of_the_future_is_not_recommended(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    film = make_movie("Not yet")
    like(ben, film)
    update_movie(movie=film, year=2099)
    drain()
    assert reasons(slate(as_ana), film) == {}


def test_a_film_that_members_rate_low_is_not_called_well_rated(
    as_ana: APIClient, drain: Drain
) -> None:
    film = make_movie("Nobody's")
    for _ in range(6):
        rate_movie(user=make_user(), movie=film, half_stars=4)
    drain()
    reason = reasons(slate(as_ana), film)["popular"]
    assert reason["text"] == "Rated here: 2.0 stars from 6 members"


def test_popular_films_are_the_fallback_and_say_how_they_are_rated(
    as_ana: APIClient, drain: Drain
) -> None:
    film = make_movie("Everybody's")
    for _ in range(6):
        like(make_user(), film)
    drain()
    reason = reasons(slate(as_ana), film)["popular"]
    assert reason["text"] == "Well rated here: 5.0 stars from 6 members"
    statistics = MovieStatistics.objects.get(movie=film)
    assert (statistics.ratings, statistics.half_stars_sum) == (6, 60)
    expected = (PRIOR_RATINGS * PRIOR_STARS + 30) / (PRIOR_RATINGS + 6)
    assert statistics.score == pytest.approx(expected)


def test_the_reason_named_first_has_the_largest_share(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    seed = make_movie("Seed film", directors=("Some Director",), plot="violin makers of cremona")
    both = make_movie("Both", directors=("Some Director",), plot="violin makers of cremona again")
    like(ana, seed)
    like(ben, both)
    drain()
    item = next(row for row in slate(as_ana)["items"] if row["movie"]["id"] == both.pk)
    assert item["score"] == pytest.approx(sum(item["sources"].values()), abs=0.001)
    assert item["reasons"][0]["source"] == max(item["sources"], key=item["sources"].__getitem__)


def test_similar_films_share_subject_or_people(client: APIClient, drain: Drain) -> None:
    Genre.objects.get_or_create(name="War")
    film = make_movie("Das Boot", directors=("Wolfgang P",), plot="submarine patrol below the sea")
    subject = make_movie("Below", plot="submarine patrol deep below the sea")
    person = make_movie("Storm", directors=("Wolfgang P",), plot="fishermen")
    drain()
    body = client.get(f"/api/v1/movies/{film.pk}/similar/").json()
    found = {item["movie"]["id"]: item for item in body["items"]}
    assert film.pk not in found
    assert body["degraded"] == []
    assert "content" in found[subject.pk]["sources"]
    assert reasons(body, person)["people"]["person"]["name"] == "Wolfgang P"


def test_films_like_an_unknown_film_are_not_found(client: APIClient) -> None:
    response = client.get("/api/v1/movies/999999999999/similar/")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_movie")
    assert not response.json().get("errors")


@pytest.mark.parametrize(("process", "store"), [("neo4j", "graph"), ("vectors", "vectors")])
def test_a_silent_store_is_named_and_the_others_answer(
    ana: User,
    as_ana: APIClient,
    drain: Drain,
    stores: EmbeddedStores,
    visitors_wait: None,
    process: str,
    store: str,
) -> None:
    seed = make_movie("Seed", directors=("Qq Rr",), plot="a lighthouse keeper goes mad")
    near = make_movie("Near", directors=("Qq Rr",), plot="the lighthouse keeper who goes mad")
    like(ana, seed)
    drain()
    stores.pause(process)
    try:
        body = slate(as_ana)
        similar = as_ana.get(f"/api/v1/movies/{seed.pk}/similar/").json()
    finally:
        stores.resume(process)
    assert body["degraded"] == similar["degraded"] == [store]
    left = {"graph": "content", "vectors": "people"}[store]
    assert left in reasons(body, near)


def know_the_generation() -> None:
    """The query that is made once a second is made now."""
    pointer.forget()
    pointer.resolve()


@pytest.mark.parametrize("limit", [1, 100])
def test_query_budget(
    ana: User,
    as_ana: APIClient,
    drain: Drain,
    limit: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    for number in range(30):
        film = make_movie(directors=("Dd Ee",), plot=f"number {number} of the story")
        like(ben, film)
        if number % 3 == 0:
            like(ana, film)
    drain()
    slate(as_ana)
    know_the_generation()
    with django_assert_max_num_queries(3):
        slate(as_ana, limit)
    know_the_generation()
    with django_assert_max_num_queries(3):
        as_ana.get(f"/api/v1/movies/{film.pk}/similar/", {"limit": limit})


def test_a_rating_changes_the_very_next_answer(ana: User, as_ana: APIClient, drain: Drain) -> None:
    """No store has heard of it yet."""
    seed = make_movie("Zorp", directors=("Xx Yy",), plot="the chess master sleeps")
    near = make_movie("Quux", directors=("Xx Yy",), plot="the chess master wakes")
    drain()
    assert reasons(slate(as_ana), near) == {}
    like(ana, seed)
    assert {"content", "people"} <= reasons(slate(as_ana), near).keys()
    rate_movie(user=ana, movie=seed, half_stars=3)
    assert reasons(slate(as_ana), near) == {}


def test_films_of_those_whom_the_followed_follow_come_while_both_may_be_seen(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben, cat, film = make_user("ben"), make_user("cat"), make_movie()
    follow_user(follower=ana, followee=ben)
    follow_user(follower=ben, followee=cat)
    like(cat, film)
    drain()
    reason = reasons(slate(as_ana), film)["social"]
    assert (reason["users"], reason["followed"]) == (["cat"], False)
    assert "whom people that you follow follow" in reason["text"]

    update_profile(user=cat, visibility="followers")
    assert reasons(slate(as_ana), film) == {}
    update_profile(user=cat, visibility="public")
    assert "social" in reasons(slate(as_ana), film)
    unfollow_user(follower=ana, followee=ben)
    assert reasons(slate(as_ana), film) == {}
