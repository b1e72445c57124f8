"""Films, people, genres and ratings in the admin: every change is published."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.movies.actions import rate_movie
from apps.movies.curation import add_person
from apps.movies.models import Credit, Genre, Movie, Person, Rating
from apps.outbox.models import Message
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:movies_{model.__name__.lower()}_{page}", args=args)


def published(topic: str, *key: int) -> set[str]:
    text = ":".join(map(str, key))
    rows = Message.objects.filter(topic=topic, key=text)
    return set(rows.values_list("destination", flat=True))


def genre_named(name: str) -> Genre:
    return Genre.objects.get_or_create(name=name)[0]


def people_in(movie: Movie, role: str) -> list[str]:
    rows = Credit.objects.filter(movie=movie, role=role).order_by("position")
    return list(rows.values_list("person__name", flat=True))


def film_form(**given: Any) -> dict[str, Any]:
    form = {"title": "Heat", "year": "1995", "origin": "American", "plot": ""}
    return {**form, "genre_choices": [], "directors": [], "actors": [], **given}


def posted(operator: Client, url: str, form: dict[str, Any]) -> None:
    response = operator.post(url, form)
    errors = response.context["adminform"].form.errors if response.context else {}
    assert response.status_code == 302, errors


def test_a_year_can_be_taken_away(operator: Client) -> None:
    film = make_movie("Heat", year=1995)
    posted(operator, address(Movie, "change", film.pk), film_form(year=""))
    film.refresh_from_db()
    assert film.year is None


def test_a_new_film_is_published_with_its_people_in_order(operator: Client) -> None:
    crime = genre_named("Crime")
    pacino, deniro = add_person(name="Al Pacino"), add_person(name="Robert De Niro")
    form = film_form(title="Heat 41", genre_choices=[crime.pk], actors=[deniro.pk, pacino.pk])
    posted(operator, address(Movie, "add"), form)
    movie = Movie.objects.get(title="Heat 41")
    assert people_in(movie, "actor") == ["Robert De Niro", "Al Pacino"]
    assert [genre.name for genre in movie.genres.all()] == ["Crime"]
    assert movie.origin == "American"
    assert published("movies.movie", movie.pk) == {"graph", "vectors", "recommendations"}


def test_another_order_of_the_credits_is_a_change(operator: Client) -> None:
    movie = make_movie(actors=("Val Kilmer", "Jon Voight"), directors=("Michael Mann",))
    actors = movie.credits.filter(role="actor").order_by("position")
    kilmer, voight = (credit.person_id for credit in actors)
    mann = movie.credits.get(role="director").person_id
    Message.objects.all().delete()
    form = film_form(title=movie.title, actors=[voight, kilmer], directors=[mann])
    posted(operator, address(Movie, "change", movie.pk), form)
    assert people_in(movie, "actor") == ["Jon Voight", "Val Kilmer"]
    assert people_in(movie, "director") == ["Michael Mann"]
    assert "graph" in published("movies.movie", movie.pk)


def test_a_changed_title_leaves_the_credits_alone(operator: Client) -> None:
    movie = make_movie(actors=("Val Kilmer",))
    credit = movie.credits.get()
    form = film_form(title="Renamed", actors=[credit.person_id])
    posted(operator, address(Movie, "change", movie.pk), form)
    movie.refresh_from_db()
    assert movie.title == "Renamed"
    assert movie.credits.get().pk == credit.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("year", "1500"), ("year", "soon"), ("actors", ["0"]), ("directors", ["x"])],
)
def test_a_film_that_cannot_be_is_refused(operator: Client, field: str, value: Any) -> None:
    response = operator.post(address(Movie, "add"), film_form(**{field: value}))
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert field in errors or "__all__" in errors


def test_films_are_found_by_part_of_the_title_and_by_id(operator: Client) -> None:
    movie = make_movie("Amélie 7731")

    def found(text: str) -> list[Movie]:
        response = operator.get(address(Movie, "changelist"), {"q": text})
        return list(response.context["cl"].queryset)

    assert found("AMELIE 77") == [movie]
    assert movie in found(str(movie.pk))
    assert found("9" * 30) == []
    assert found("50% _") == []


def test_a_removed_film_takes_its_ratings_and_is_published(operator: Client) -> None:
    user, movie = make_user(), make_movie()
    rate_movie(user=user, movie=movie, half_stars=9)
    Message.objects.all().delete()
    page = operator.get(address(Movie, "delete", movie.pk))
    assert page.status_code == 200
    assert operator.post(address(Movie, "delete", movie.pk), {"post": "yes"}).status_code == 302
    assert published("movies.rating", user.pk, movie.pk) >= {"graph", "vectors", "feeds"}
    assert "graph" in published("movies.movie", movie.pk)
    assert not Rating.objects.filter(movie_id=movie.pk).exists()


def test_several_films_are_removed_at_once(operator: Client) -> None:
    films = [make_movie(), make_movie()]
    Message.objects.all().delete()
    form = {"action": "delete_selected", "_selected_action": [film.pk for film in films]}
    operator.post(address(Movie, "changelist"), {**form, "post": "yes"})
    assert not Movie.objects.filter(pk__in=[film.pk for film in films]).exists()
    assert all("vectors" in published("movies.movie", film.pk) for film in films)


def test_a_renamed_person_is_published_with_their_films(operator: Client) -> None:
    movie = make_movie(actors=("Misspelt Name",))
    person = movie.credits.get().person
    Message.objects.all().delete()
    posted(operator, address(Person, "change", person.pk), {"name": "Right Name"})
    person.refresh_from_db()
    assert person.name == "Right Name"
    assert published("movies.person", person.pk) == {"graph"}
    assert "vectors" in published("movies.movie", movie.pk)


def test_only_a_person_without_credits_can_be_removed(operator: Client) -> None:
    credited = make_movie(actors=("In A Film",)).credits.get().person
    posted(operator, address(Person, "add"), {"name": "In No Film"})
    free = Person.objects.get(name="In No Film")
    refused = operator.post(address(Person, "delete", credited.pk), {"post": "yes"})
    assert refused.status_code == 403
    Message.objects.all().delete()
    assert operator.post(address(Person, "delete", free.pk), {"post": "yes"}).status_code == 302
    assert published("movies.person", free.pk) == {"graph"}


def test_a_renamed_genre_is_published_with_its_films(operator: Client) -> None:
    genre = genre_named("Noire")
    movie = make_movie(genres=("Noire",))
    Message.objects.all().delete()
    posted(operator, address(Genre, "change", genre.pk), {"name": "Noir"})
    assert "graph" in published("movies.movie", movie.pk)
    refused = operator.post(address(Genre, "delete", genre.pk), {"post": "yes"})
    assert refused.status_code == 403
    posted(operator, address(Genre, "add"), {"name": "Unused"})
    unused = Genre.objects.get(name="Unused")
    assert operator.post(address(Genre, "delete", unused.pk), {"post": "yes"}).status_code == 302


def test_ratings_are_read_and_taken_back_but_never_given(operator: Client) -> None:
    user, movie = make_user(), make_movie()
    rating = rate_movie(user=user, movie=movie, half_stars=9)
    assert operator.get(address(Rating, "add")).status_code == 403
    changed = operator.post(address(Rating, "change", rating.pk), {"half_stars": 1})
    assert changed.status_code == 403
    Message.objects.all().delete()
    form = {"action": "delete_selected", "_selected_action": [rating.pk], "post": "yes"}
    operator.post(address(Rating, "changelist"), form)
    assert "graph" in published("movies.rating", user.pk, movie.pk)
    other = rate_movie(user=user, movie=movie, half_stars=2)
    assert operator.post(address(Rating, "delete", other.pk), {"post": "yes"}).status_code == 302
    assert not Rating.objects.filter(user=user).exists()


def test_people_are_suggested_while_typing(operator: Client) -> None:
    person = add_person(name="Zoë Kravitzka")
    query = {"app_label": "movies", "model_name": "credit", "field_name": "person"}
    answer = operator.get(reverse("admin:autocomplete"), {**query, "term": "zoe krav"})
    found = json.loads(answer.content)["results"]
    assert found == [{"id": str(person.pk), "text": "Zoë Kravitzka"}]


@pytest.mark.parametrize("model", [Movie, Rating])
def test_a_longer_list_asks_no_more(operator: Client, model: type) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert operator.get(address(model, "changelist")).status_code == 200
        return len(seen)

    rate_movie(user=make_user(), movie=make_movie(), half_stars=7)
    queries()  # what a process asks once
    few = queries()
    for _ in range(5):
        rate_movie(user=make_user(), movie=make_movie(), half_stars=7)
    assert queries() == few


def test_a_longer_cast_asks_no_more(operator: Client) -> None:
    def queries(movie: Movie) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert operator.get(address(Movie, "change", movie.pk)).status_code == 200
        return len(seen)

    queries(make_movie())  # what a process asks once
    few = queries(make_movie(actors=("One Actor",), directors=("A",), genres=("Drama",)))
    names = tuple(f"Actor {number}" for number in range(20))
    assert queries(make_movie(actors=names, directors=names, genres=("Drama", "Crime"))) == few
