"""Films and opinions over HTTP, bad input included."""

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Credit, Genre, Movie, Rating
from apps.outbox.models import Message
from apps.users.actions import block_user, follow_user
from apps.users.models import User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def ana(client_of: ClientOf) -> User:
    return make_user("ana")


@pytest.fixture
def as_ana(ana: User, client_of: ClientOf) -> APIClient:
    return client_of(ana)


def pointers(response: object) -> set[str]:
    return {error["pointer"] for error in response.json()["errors"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("stars", [0, 5.5, "five", "4", True, None, 4.3, -1, 1e308, [], {}])
def test_stars_that_are_none_are_refused(as_ana: APIClient, stars: object) -> None:
    movie = make_movie()
    response = as_ana.put(f"/api/v1/movies/{movie.pk}/rating/", {"stars": stars})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert pointers(response) == {"/stars"}
    assert not Rating.objects.exists()


@pytest.mark.parametrize("body", ['{"stars": NaN}', '{"stars": Infinity}', "{", "", "[1]", '"x"'])
def test_a_body_that_is_no_json_object_is_refused(as_ana: APIClient, body: str) -> None:
    movie = make_movie()
    path = f"/api/v1/movies/{movie.pk}/rating/"
    response = as_ana.generic("PUT", path, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] in {"malformed", "invalid"}


def test_unknown_fields_and_parameters_are_named(as_ana: APIClient) -> None:
    movie = make_movie()
    response = as_ana.put(f"/api/v1/movies/{movie.pk}/rating/", {"stars": 4, "mood": "good"})
    assert (response.status_code, pointers(response)) == (400, {"/mood"})
    response = as_ana.get("/api/v1/movies/", {"colour": "blue"})
    assert (response.status_code, pointers(response)) == (400, {"/colour"})


def test_a_rating_is_kept_replaced_and_taken_back(as_ana: APIClient, ana: User) -> None:
    movie = make_movie("Heat")
    path = f"/api/v1/movies/{movie.pk}/rating/"
    assert as_ana.put(path, {"stars": 0.5}).json()["stars"] == 0.5
    assert as_ana.put(path, {"stars": 5}).json()["movie"] == {
        "id": movie.pk,
        "title": "Heat",
        "year": 1995,
    }
    assert Rating.objects.get(user=ana, movie=movie).half_stars == 10
    assert as_ana.delete(path).status_code == 204
    assert as_ana.delete(path).status_code == 204
    assert not Rating.objects.exists()


def test_rating_anew_costs_the_same_and_keeps_when_it_was_first_rated(
    as_ana: APIClient, ana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    movie = make_movie()
    path = f"/api/v1/movies/{movie.pk}/rating/"
    with django_assert_num_queries(2):  # the film; the rating with its messages
        first = as_ana.put(path, {"stars": 4, "learn": False}).json()
    kept = Rating.objects.get(user=ana, movie=movie)
    assert kept.rated_at == kept.changed_at
    with django_assert_num_queries(2):
        second = as_ana.put(path, {"stars": 2.5}).json()
    assert second == {**first, "stars": 2.5, "learn": True}
    now = Rating.objects.get(pk=kept.pk)
    assert (now.half_stars, now.learn, now.rated_at) == (5, True, kept.rated_at)
    assert now.changed_at > kept.changed_at


def test_a_write_publishes_one_message_per_destination(as_ana: APIClient, ana: User) -> None:
    movie = make_movie()
    Message.objects.all().delete()
    as_ana.put(f"/api/v1/movies/{movie.pk}/rating/", {"stars": 4})
    rows = Message.objects.values_list("destination", "topic", "key")
    key = f"{ana.pk}:{movie.pk}"
    assert sorted(rows) == [
        (name, "movies.rating", key) for name in ("feeds", "graph", "recommendations", "vectors")
    ]


@pytest.mark.parametrize("movie_id", [10**12, 2**63 - 1, 2**63, 10**30])
def test_a_film_that_is_not_there_is_not_found(as_ana: APIClient, movie_id: int) -> None:
    for response in (
        as_ana.get(f"/api/v1/movies/{movie_id}/"),
        as_ana.put(f"/api/v1/movies/{movie_id}/rating/", {"stars": 4}),
        as_ana.get(f"/api/v1/movies/{movie_id}/friends/"),
    ):
        assert response.status_code == 404
        assert response.json()["code"] in {"unknown_movie", "not_found"}


@pytest.mark.parametrize("limit", ["0", "1000", "-1", "many", "1.5"])
def test_a_limit_beyond_its_bounds_is_refused(as_ana: APIClient, limit: str) -> None:
    for path in ("/api/v1/movies/", "/api/v1/me/ratings/"):
        response = as_ana.get(path, {"limit": limit})
        assert (response.status_code, pointers(response)) == (400, {"/limit"})


def test_a_cursor_that_was_tampered_with_is_refused(client: APIClient) -> None:
    for _ in range(3):
        make_movie()
    cursor = client.get("/api/v1/movies/", {"limit": 1, "ordering": "title"}).json()["next"]
    spoiled = [cursor[:-4] + "AAAA", "x", "é", cursor + "A", ""]
    for bad in spoiled[:4]:
        query = {"limit": 1, "ordering": "title", "cursor": bad}
        response = client.get("/api/v1/movies/", query)
        assert (response.status_code, pointers(response)) == (400, {"cursor"})
    foreign = client.get("/api/v1/movies/", {"limit": 1, "ordering": "year", "cursor": cursor})
    assert foreign.status_code == 400


def test_film_and_person_show_each_other(client: APIClient) -> None:
    heat = make_movie("Heat", directors=("Michael Mann",), actors=("Al Pacino", "Val Kilmer"))
    body = client.get(f"/api/v1/movies/{heat.pk}/").json()
    assert [person["name"] for person in body["directors"]] == ["Michael Mann"]
    assert [person["name"] for person in body["actors"]] == ["Al Pacino", "Val Kilmer"]
    kilmer = client.get(f"/api/v1/people/{body['actors'][1]['id']}/").json()
    assert kilmer["acted_in"] == [{"id": heat.pk, "title": "Heat", "year": 1995, "position": 1}]
    assert kilmer["directed"] == []


def test_friends_opinions_are_of_those_i_follow_and_may_see(as_ana: APIClient, ana: User) -> None:
    heat = make_movie("Heat")
    ben, cat, dan = make_user("ben"), make_user("cat"), make_user("dan")
    for user, stars in ((ben, 9), (cat, 4), (dan, 6)):
        rate_movie(user=user, movie=heat, half_stars=stars)
    follow_user(follower=ana, followee=ben)
    follow_user(follower=ana, followee=cat)
    path = f"/api/v1/movies/{heat.pk}/friends/"
    names = [item["username"] for item in as_ana.get(path).json()["items"]]
    assert sorted(names) == ["ben", "cat"]
    block_user(blocker=cat, blocked=ana)
    assert [item["username"] for item in as_ana.get(path).json()["items"]] == ["ben"]


def test_genres_that_there_are_not_are_refused_by_name(client_of: ClientOf) -> None:
    Genre.objects.get_or_create(name="Crime")
    staff = client_of(make_user("sue", is_staff=True))
    made = staff.post("/api/v1/movies/", {"title": "New", "genres": ["crime"]})
    path = f"/api/v1/movies/{made.json()['id']}/"
    assert made.json()["genres"] == ["Crime"]

    for refused in (
        staff.post("/api/v1/movies/", {"title": "None", "genres": ["Crime", "Crmie"]}),
        staff.patch(path, {"genres": ["Crmie"]}),
    ):
        assert refused.status_code == 400
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/genres"
        assert "Known: Crime" in error["detail"]
    assert not Movie.objects.filter(title="None").exists()
    assert staff.get(path).json()["genres"] == ["Crime"]


def test_only_staff_change_the_catalogue(
    client: APIClient, as_ana: APIClient, client_of: ClientOf
) -> None:
    assert client.post("/api/v1/movies/", {"title": "New"}).status_code == 401
    assert as_ana.post("/api/v1/movies/", {"title": "New"}).status_code == 403
    assert as_ana.put("/api/v1/movies/", {"title": "New"}).status_code == 405
    staff = client_of(make_user("sue", is_staff=True))
    made = staff.post("/api/v1/movies/", {"title": "New", "year": 2020, "directors": ["Jo Doe"]})
    assert made.status_code == 201
    path = f"/api/v1/movies/{made.json()['id']}/"
    assert staff.patch(path, {"title": "Newer"}).json()["directors"][0]["name"] == "Jo Doe"
    changed = staff.patch(path, {"actors": ["Al Pacino"]}).json()
    assert [person["name"] for person in changed["directors"]] == ["Jo Doe"]
    assert [person["name"] for person in changed["actors"]] == ["Al Pacino"]
    assert staff.patch(path, {"year": 12}).status_code == 400
    assert staff.patch(path, {"year": None}).status_code == 400
    assert staff.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_film_changes_only_for_who_has_read_it_as_it_is(
    client: APIClient, client_of: ClientOf
) -> None:
    staff = client_of(make_user("sue", is_staff=True))
    path = f"/api/v1/movies/{make_movie('Old').pk}/"
    read = staff.get(path)["ETag"]
    changed = staff.patch(path, {"title": "New"}, headers={"If-Match": read})
    assert (changed.status_code, changed["ETag"]) == (200, staff.get(path)["ETag"])
    refused = staff.patch(path, {"title": "Newer"}, headers={"If-Match": read})
    assert (refused.status_code, staff.get(path).json()["title"]) == (412, "New")


def test_without_if_match_nothing_is_composed_to_compare(client_of: ClientOf) -> None:
    staff = client_of(make_user("sue", is_staff=True))
    path = f"/api/v1/movies/{make_movie('Old').pk}/"

    def queries(**headers: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert staff.patch(path, {"year": 1999}, headers=headers).status_code == 200
        return len(seen)

    plain = queries()
    assert queries(**{"If-Match": staff.get(path)["ETag"]}) > plain


def test_reads_are_not_sent_twice_and_what_is_personal_is_private(
    client: APIClient, as_ana: APIClient, ana: User
) -> None:
    film = make_movie("Heat", actors=("Some One",))
    make_user("ben")
    rate_movie(user=ana, movie=film, half_stars=7)
    person = Credit.objects.filter(movie=film).get().person_id
    for path in (
        *("movies/", "movies/?q=heat", f"movies/{film.pk}/", f"people/{person}/", "people/?q=one"),
        *("me/ratings/", f"movies/{film.pk}/friends/", "users/ben/match/", "users/ben/activity/"),
    ):
        whole = as_ana.get(f"/api/v1/{path}")
        assert (whole.status_code, whole["Cache-Control"]) == (200, "private, no-cache"), path
        again = as_ana.get(f"/api/v1/{path}", headers={"If-None-Match": whole["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
    assert client.get("/api/v1/movies/")["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("limit", [1, 100])
def test_query_budgets(
    as_ana: APIClient,
    ana: User,
    limit: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    films = [make_movie(f"Film number {n}", actors=("Some One",)) for n in range(30)]
    for film in films:
        rate_movie(user=ana, movie=film, half_stars=7)
    for number in range(30):
        rate_movie(user=ben, movie=films[number], half_stars=8)
    person = Credit.objects.filter(movie=films[0]).get().person_id
    for path in (
        f"movies/?limit={limit}",
        f"movies/?q=film&limit={limit}",
        f"movies/{films[0].pk}/",
        f"movies/{films[0].pk}/friends/?limit={limit}",
        f"people/?q=some&limit={limit}",
        f"people/{person}/",
        f"me/ratings/?limit={limit}",
    ):
        with django_assert_max_num_queries(3):
            assert as_ana.get(f"/api/v1/{path}").status_code == 200


def test_problem_bodies_are_whole(client: APIClient) -> None:
    body = json.loads(client.get("/api/v1/movies/1000000000000/").content)
    assert set(body) == {"type", "title", "status", "code", "detail"}
    assert Movie.objects.filter(pk=10**12).count() == 0


def test_the_pages_of_the_documentation_run_no_inline_script(client: APIClient) -> None:
    """The content security policy forbids it: a page with one stays white."""
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"SwaggerUIBundle({" not in page.content
    assert b"SwaggerUIBundle({" in client.get("/api/docs/?script=").content


def test_the_bare_address_leads_to_the_api_pages(client: APIClient) -> None:
    assert client.get("/").headers["Location"] == "/api/docs/"
