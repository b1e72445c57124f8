"""Finding films and people over HTTP: typing errors, order, facets and pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Credit, Genre
from apps.users.models import User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], APIClient]
MOVIES = "/api/v1/movies/"


def search(client: APIClient, **params: str | float) -> list[str]:
    response = client.get(MOVIES, params)
    assert response.status_code == 200, response.json()
    return [item["title"] for item in response.json()["items"]]


def pages(client: APIClient, path: str, **params: str | int) -> Iterator[list[dict[str, Any]]]:
    """The pages of a listing, one after the other, 40 at most."""
    for _ in range(40):
        body = client.get(path, params).json()
        yield body["items"]
        if body["next"] is None:
            return
        params["cursor"] = body["next"]


@pytest.mark.parametrize(
    "q", ["\"quotes\" and 'more'", "🎬🍿", "%_\\", "select * from movies;", "ü" * 200, "a"]
)
def test_any_text_may_be_searched(client: APIClient, q: str) -> None:
    make_movie("Something else")
    assert client.get(MOVIES, {"q": q}).status_code == 200
    assert client.get("/api/v1/movies/autocomplete/", {"q": q}).status_code == 200
    assert client.get("/api/v1/people/", {"q": q}).status_code == 200


@pytest.mark.parametrize("q", ["x" * 10_000, "   ", "", "nul\x00"])
def test_text_that_cannot_be_searched_is_refused(client: APIClient, q: str) -> None:
    response = client.get(MOVIES, {"q": q})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/q"]


def test_search_forgives_typing_errors_and_puts_exact_titles_first(client: APIClient) -> None:
    make_movie("The Shawshank Redemption")
    make_movie("Heat")
    make_movie("Heat and Dust")
    make_movie("In the Heat of the Night")
    make_movie("Amélie")

    assert search(client, q="shawshenk redemtion") == ["The Shawshank Redemption"]
    assert search(client, q="heat")[0] == "Heat"
    assert search(client, q="heat")[1] == "Heat and Dust"
    assert search(client, q="amelie") == ["Amélie"]


def test_an_article_leads_to_nothing_by_itself(client: APIClient) -> None:
    for title in ("The Crow", "The Sea", "The Apartment", "An Actor's Revenge"):
        make_movie(title)
    assert search(client, q="the crw") == ["The Crow"]
    assert search(client, q="An Actr") == ["An Actor's Revenge"]
    assert len(search(client, q="the")) == 3


def test_an_initial_is_no_word(client: APIClient) -> None:
    make_movie("S.W.A.T.")
    make_movie("Seven")
    assert search(client, q="s") == ["Seven", "S.W.A.T."]


def test_what_begins_so_comes_before_what_is_like_it(client: APIClient) -> None:
    titles = ["Alien", "Alien: Covenant", "Aliens", "The Alien"]
    for title in reversed(titles):
        make_movie(title)
    assert search(client, q="alien") == titles
    found = client.get("/api/v1/movies/autocomplete/", {"q": "alien"}).json()["items"]
    assert [film["title"] for film in found] == titles
    for limit in (1, 2, 3):
        found = [film for page in pages(client, MOVIES, q="alien", limit=limit) for film in page]
        assert [film["title"] for film in found] == titles


def test_signs_of_a_pattern_stand_for_themselves(client: APIClient) -> None:
    for title in ("100% Wolf", "1000 Clowns", "M_n", "Man", "Back\\slash"):
        make_movie(title)
    assert search(client, q="100%")[0] == "100% Wolf"
    assert search(client, q="m_")[0] == "M_n"
    assert search(client, q="back\\")[0] == "Back\\slash"
    assert search(client, q="\u0301") == []


def test_what_fills_the_page_by_its_beginning_is_all_that_is_looked_for(
    client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        make_movie(f"Star {number}")
    with django_assert_num_queries(1):
        assert len(search(client, q="star", limit=2)) == 2
    with django_assert_num_queries(2):
        assert len(search(client, q="star", limit=3)) == 3


def test_search_filters_by_facets_and_people(client: APIClient, client_of: ClientOf) -> None:
    ana = make_user("ana")
    as_ana = client_of(ana)
    Genre.objects.get_or_create(name="Crime")
    heat = make_movie(
        "Heat",
        year=1995,
        genres=("Crime",),
        directors=("Michael Mann",),
        actors=("Al Pacino", "Robert De Niro"),
    )
    ali = make_movie("Ali", year=2001, directors=("Michael Mann",))
    mann = Credit.objects.filter(movie=heat, role="director").get().person_id
    pacino = Credit.objects.filter(movie=heat, role="actor", position=0).get().person_id

    assert search(client, genre="crime") == ["Heat"]
    assert set(search(client, director=mann)) == {"Heat", "Ali"}
    assert search(client, actor=pacino) == ["Heat"]
    assert search(client, director=pacino) == []
    assert search(client, person=mann, year_min=2000) == ["Ali"]
    rate_movie(user=ana, movie=ali, half_stars=8)
    assert search(as_ana, director=mann, seen="true") == ["Ali"]
    assert search(as_ana, director=mann, seen="false") == ["Heat"]
    assert client.get(MOVIES, {"seen": "true"}).status_code == 400
    assert client.get(MOVIES, {"rating_min": "nan"}).status_code == 400


@pytest.mark.parametrize("ordering", ["title", "year", "-year"])
def test_pages_cover_everything_once_while_films_are_added(
    client: APIClient, ordering: str
) -> None:
    made = {make_movie(f"Same word {n % 3}", year=1990 + n % 4).pk for n in range(13)}
    for params in ({"ordering": ordering}, {"q": "same word"}):
        seen: list[int] = []
        for page in pages(client, MOVIES, limit=4, **params):
            seen += [film["id"] for film in page]
            make_movie("Same word", year=1900)
        assert made <= set(seen)
        assert len(seen) == len(set(seen))


@pytest.mark.parametrize("q", ["smit", "johnso"])  # likenesses of 4/5 and 6/7
def test_pages_cover_everybody_once_whose_names_are_equally_alike(
    client: APIClient, q: str
) -> None:
    names = {f"Una {name} {n}" for name in ("Smith", "Johnson") for n in range(5)}
    make_movie(actors=tuple(names))
    found = [person for page in pages(client, "/api/v1/people/", q=q, limit=2) for person in page]
    alike = sorted(name for name in names if q in name.lower())
    assert sorted(person["name"] for person in found) == alike
