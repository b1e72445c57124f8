"""Not this one, do not learn from that, do not use me for others."""

import pytest
from rest_framework.test import APIClient

from apps.graph.store import get_graph
from apps.movies.actions import rate_movie
from apps.recommendations.feedback import dismiss_movie
from apps.users.actions import follow_user
from apps.users.models import User
from apps.vectors.store import get_vectors
from tests.apps.recommendations.conftest import (
    MINE,
    ClientOf,
    Drain,
    like,
    reasons,
    shown,
    slate,
)
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


def test_a_dismissed_film_is_gone_at_once_and_comes_back_when_restored(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben, film = make_user("ben"), make_movie()
    follow_user(follower=ana, followee=ben)
    like(ben, film)
    drain()
    assert film.pk in shown(slate(as_ana))

    answer = as_ana.post(f"{MINE}dismiss/", {"movie": film.pk})
    assert answer.json()["movie"] == {"id": film.pk, "title": film.title, "year": film.year}
    assert film.pk not in shown(slate(as_ana))

    assert as_ana.delete(f"{MINE}dismissed/{film.pk}/").status_code == 204
    assert as_ana.delete(f"{MINE}dismissed/{film.pk}/").status_code == 204
    assert film.pk in shown(slate(as_ana))


def test_dismissed_films_are_listed_newest_first_for_oneself_alone(
    ana: User, as_ana: APIClient, client_of: ClientOf
) -> None:
    films = [make_movie() for _ in range(3)]
    for film in (*films, films[0]):
        dismiss_movie(user=ana, movie=film)
    first = as_ana.get(f"{MINE}dismissed/", {"limit": 2}).json()
    rest = as_ana.get(f"{MINE}dismissed/", {"limit": 2, "cursor": first["next"]}).json()
    listed = [item["movie"]["id"] for item in (*first["items"], *rest["items"])]
    assert listed == [film.pk for film in reversed(films)]
    assert client_of(make_user()).get(f"{MINE}dismissed/").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"movie": 10**15}, 404, "/movie"),
        ({"movie": "x"}, 400, "/movie"),
        ({}, 400, "/movie"),
        ({"movie": 1, "why": "x"}, 400, "/why"),
    ],
)
def test_what_cannot_be_dismissed_is_named(
    as_ana: APIClient, body: dict[str, object], status: int, pointer: str
) -> None:
    answer = as_ana.post(f"{MINE}dismiss/", body)
    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_nobody_dismisses_anything(client: APIClient) -> None:
    assert client.post(f"{MINE}dismiss/", {"movie": 1}).status_code == 401


def test_a_rating_that_is_not_to_be_learned_from_says_nothing_of_anybodys_taste(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    seed = make_movie("Bop", directors=("Aa Bb",), plot="a trumpet player in a smoky cellar")
    near = make_movie("Hop", directors=("Aa Bb",), plot="the trumpet player in the smoky cellar")
    answer = as_ana.put(f"/api/v1/movies/{seed.pk}/rating/", {"stars": 5})
    assert answer.json()["learn"] is True
    drain()
    assert {"content", "people"} <= reasons(slate(as_ana), near).keys()

    as_ana.put(f"/api/v1/movies/{seed.pk}/rating/", {"stars": 5, "learn": False})
    after = slate(as_ana)
    assert reasons(after, near).keys().isdisjoint({"content", "people"})
    assert seed.pk not in shown(after)

    drain()
    assert get_graph().likes_of(ana.pk) == []
    assert get_vectors().people_like(ana.pk) == []


def test_whoever_opts_out_leads_nobody_to_a_film(
    ana: User, as_ana: APIClient, client_of: ClientOf, drain: Drain
) -> None:
    ben, film = make_user("ben"), make_movie()
    follow_user(follower=ana, followee=ben)
    rate_movie(user=ben, movie=film, half_stars=9)
    drain()
    assert reasons(slate(as_ana), film)["social"]["users"] == ["ben"]

    answer = client_of(ben).patch("/api/v1/me/", {"used_for_others": False})
    assert answer.json()["used_for_others"] is False
    assert "social" not in reasons(slate(as_ana), film)
