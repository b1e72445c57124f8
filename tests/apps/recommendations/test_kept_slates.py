"""A slate is kept with what its member does about it, turns, and gives new films a place."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.recommendations import slates
from apps.recommendations.feedback import dismiss_movie
from apps.recommendations.models import Reaction, ShownSlate
from apps.recommendations.types import ListedFilm, Scored
from apps.users.actions import follow_user
from apps.users.models import User
from tests.apps.recommendations.conftest import MINE, ClientOf, Drain, like, shown, slate
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def films(ana: User, drain: Drain) -> list[Movie]:
    """Forty films that someone likes whom Ana follows."""
    ben = make_user("ben")
    follow_user(follower=ana, followee=ben)
    made = [make_movie() for _ in range(40)]
    like(ben, *made)
    drain()
    return made


def reactions(body: dict[str, object]) -> list[tuple[int, str]]:
    rows = Reaction.objects.filter(slate=body["slate_id"])
    return sorted(rows.values_list("movie_id", "kind"))


def test_a_slate_is_kept_as_it_was_shown(as_ana: APIClient, films: list[Movie]) -> None:
    body = slate(as_ana, 5)
    kept = ShownSlate.objects.get(pk=body["slate_id"])
    assert kept.films == [[item["movie"]["id"], item["sources"]] for item in body["items"]]


def test_clicks_dismissals_and_ratings_are_noted_against_the_newest_slate_with_the_film(
    ana: User, as_ana: APIClient, films: list[Movie], drain: Drain
) -> None:
    old, body = slate(as_ana, 40), slate(as_ana, 40)
    one, two, three = shown(body)[:3]
    for _ in range(2):
        path = f"{MINE}{body['slate_id']}/clicks/"
        assert as_ana.post(path, {"movie": one}).status_code == 204
    dismiss_movie(user=ana, movie=Movie.objects.get(pk=two))
    rate_movie(user=ana, movie=Movie.objects.get(pk=three), half_stars=7)
    drain()
    expected = sorted([(one, "click"), (two, "dismissal"), (three, "rating")])
    assert (reactions(body), reactions(old)) == (expected, [])


def test_one_clicks_only_what_one_was_shown(
    as_ana: APIClient, films: list[Movie], client_of: ClientOf
) -> None:
    body = slate(as_ana, 3)
    film, other = shown(body)[0], make_movie().pk
    path = f"{MINE}{body['slate_id']}/clicks/"
    for client, url, movie in (
        (as_ana, path, other),
        (client_of(make_user()), path, film),
        (as_ana, f"{MINE}{uuid4()}/clicks/", film),
    ):
        answer = client.post(url, {"movie": movie})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_slate")


def test_two_visits_in_a_row_are_not_the_same_page(as_ana: APIClient, films: list[Movie]) -> None:
    first, second = shown(slate(as_ana, 10)), shown(slate(as_ana, 10))
    assert len(set(first) & set(second)) <= 5


def test_a_film_that_was_clicked_keeps_its_place(as_ana: APIClient, films: list[Movie]) -> None:
    body = slate(as_ana, 10)
    best = shown(body)[0]
    as_ana.post(f"{MINE}{body['slate_id']}/clicks/", {"movie": best})
    assert shown(slate(as_ana, 10))[0] == best


def test_the_same_visits_give_the_same_order() -> None:
    def ranked() -> list[Scored]:
        return [Scored(pk, {"social": 1.0 - pk / 100}) for pk in range(1, 9)]

    once, again = (slates.rotate(ranked(), {1: 0, 2: 1, 3: 2}) for _ in range(2))
    assert once == again
    assert [film.movie_id for film in once][-3:] == [3, 2, 1]


def test_every_tenth_place_is_for_a_new_film_and_old_ones_have_had_their_chance() -> None:
    now = datetime.now(UTC)
    movies = {
        pk: ListedFilm(pk, f"film {pk}", 2000, "", added, (), None, ratings, 0, 0.0)
        for pk, added, ratings in (
            *((pk, now, 50) for pk in range(1, 21)),
            (21, now - slates.COLD_FOR, 0),
            (22, now, 0),
            (23, now, 1),
            (24, now, 2),
        )
    }
    ranked = [Scored(pk, {"content": 1.0 / pk}) for pk in movies]
    chosen = slates.explore(ranked[:20], ranked, movies)
    assert [film.movie_id for film in chosen] == [*range(1, 19), 22, 23]
    again = slates.explore([*ranked[:19], ranked[21]], ranked, movies)
    assert [film.movie_id for film in again] == [*range(1, 19), 22, 23]


def test_a_dismissal_that_is_taken_back_was_none(as_ana: APIClient, films: list[Movie]) -> None:
    body = slate(as_ana, 2)
    one, two = shown(body)
    for pk in (one, two):
        as_ana.post(f"{MINE}dismiss/", {"movie": pk})
    as_ana.delete(f"{MINE}dismissed/{one}/")
    assert reactions(body) == [(two, "dismissal")]


def test_old_slates_go_with_their_reactions(as_ana: APIClient, films: list[Movie]) -> None:
    old, new = slate(as_ana, 2), slate(as_ana, 2)
    as_ana.post(f"{MINE}{old['slate_id']}/clicks/", {"movie": shown(old)[0]})
    long_ago = datetime.now(UTC) - slates.RETENTION - timedelta(hours=1)
    ShownSlate.objects.filter(pk=old["slate_id"]).update(shown_at=long_ago)
    said = StringIO()
    call_command("purge_slates", stdout=said)
    assert said.getvalue() == "1 deleted.\n"
    assert [str(pk) for pk in ShownSlate.objects.values_list("pk", flat=True)] == [new["slate_id"]]
    assert not Reaction.objects.exists()
