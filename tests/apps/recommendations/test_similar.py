"""POST similar/: films, texts, filters and people in one call."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.actions import update_movie
from apps.movies.models import Genre, Movie
from apps.recommendations.feedback import dismiss_movie
from apps.recommendations.similar import LEAST
from apps.users.actions import follow_user, update_profile
from apps.users.models import User
from apps.vectors.store import get_vectors
from infra.embedded.testing import EmbeddedStores
from tests.apps.recommendations.conftest import Drain, like, reasons, shown
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db
PATH = "/api/v1/similar/"
SEA = "a trawler is lost in the storm at sea"


def ask(client: APIClient, **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, body)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def refused(client: APIClient, **body: Any) -> tuple[int, list[str]]:
    answer = client.post(PATH, body)
    return answer.status_code, [error["pointer"] for error in answer.json()["errors"]]


def test_films_like_two_films_name_the_one_that_led_to_each(
    client: APIClient, drain: Drain
) -> None:
    sea, jazz = make_movie("Gale", plot=SEA), make_movie("Riff", plot="a trumpet in a jazz cellar")
    wet, loud = make_movie("Spray", plot=SEA), make_movie("Brass", plot="trumpet and jazz cellar")
    drain()
    body = ask(client, like=[sea.pk, jazz.pk], limit=100)
    assert reasons(body, wet)["content"]["movies"][0]["id"] == sea.pk
    assert reasons(body, loud)["content"]["movies"][0]["id"] == jazz.pk
    assert {sea.pk, jazz.pk}.isdisjoint(shown(body))
    assert body["degraded"] == []


def test_what_is_like_a_disliked_film_comes_later(client: APIClient, drain: Drain) -> None:
    seed = make_movie("Gale", plot=SEA + " among sharks")
    calm = make_movie("Calm", plot=SEA)
    fins = make_movie("Fins", plot=SEA + " among sharks with teeth")
    disliked = make_movie("Teeth", plot="sharks with teeth")
    drain()
    assert shown(ask(client, like=[seed.pk], diversity=0))[0] == fins.pk
    body = ask(client, like=[seed.pk], dislike=[disliked.pk], diversity=0)
    assert shown(body).index(calm.pk) < shown(body).index(fins.pk)
    assert disliked.pk not in shown(body)


def test_an_exact_title_comes_before_what_is_about_the_text(
    client: APIClient, drain: Drain
) -> None:
    about = make_movie("Wet", plot="zephyr zephyr zephyr")
    titled = make_movie("Zéphyr", plot="nothing of the kind")
    drain()
    body = ask(client, text="zephyr")
    assert shown(body)[0] == titled.pk
    assert list(reasons(body, titled))[0] == "title"
    assert reasons(body, about)["content"]["text"] == "About “zephyr”"


def test_filters_hold_and_fill_the_page(client: APIClient, drain: Drain) -> None:
    """Films beyond the filters are nearer and many: a filter after the search would find none."""
    Genre.objects.get_or_create(name="War")
    seed = make_movie("Gale", plot=SEA)
    for number in range(60):
        make_movie(f"Near {number}", plot=SEA, year=1990)
    wars = [
        make_movie(f"Far {number}", genres=("War",), year=1950, directors=("Nn Oo",))
        for number in range(12)
    ]
    person = Movie.objects.get(pk=wars[0].pk).people.get()
    drain()
    filters = {"genre": "war", "person": person.pk, "year_min": 1950, "year_max": 1950}
    body = ask(client, like=[seed.pk], filters=filters, limit=12)
    assert set(shown(body)) == {film.pk for film in wars}
    assert shown(ask(client, like=[seed.pk], filters={**filters, "year_max": 1949 + 1}, limit=5))


def test_many_dismissed_films_leave_the_page_full(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    seed = make_movie("Gale", plot=SEA)
    near = [make_movie(f"Near {number}", plot=SEA, year=1931) for number in range(LEAST + 10)]
    far = [make_movie(f"Far {number}", plot="sea desert train", year=1931) for number in range(3)]
    for film in near:
        dismiss_movie(user=ana, movie=film)
    drain()
    body = ask(as_ana, like=[seed.pk], filters={"year_min": 1931, "year_max": 1931}, limit=3)
    assert set(shown(body)) == {film.pk for film in far}


def test_a_short_page_asks_again_only_if_a_dismissed_film_stood_there(
    ana: User, as_ana: APIClient, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, near = make_movie("Gale", plot=SEA), make_movie("Near", plot=SEA, year=1931)
    elsewhere = make_movie("Elsewhere", plot=SEA, year=1950)
    drain()
    asked: list[object] = []
    start_batch = get_vectors().start_batch
    monkeypatch.setattr(
        get_vectors(), "start_batch", lambda wish: asked.append(wish) or start_batch(wish)
    )
    filters = {"year_max": 1931}
    dismiss_movie(user=ana, movie=elsewhere)
    assert shown(ask(as_ana, like=[seed.pk], filters=filters)) == [near.pk]
    assert len(asked) == 1
    dismiss_movie(user=ana, movie=near)
    assert shown(ask(as_ana, like=[seed.pk], filters=filters)) == []
    assert len(asked) == 3


def test_an_origin_is_found_in_any_case_as_in_the_catalogue(
    client: APIClient, drain: Drain
) -> None:
    seed, near = make_movie("Gale", plot=SEA), make_movie("Near", plot=SEA)
    update_movie(movie=near, origin="American")
    drain()
    for origin in ("American", "american"):
        assert shown(ask(client, like=[seed.pk], filters={"origin": origin})) == [near.pk]
    assert shown(ask(client, like=[seed.pk], filters={"origin": "Martian"})) == []


def test_a_genre_is_known_as_soon_as_it_is_there(client: APIClient, drain: Drain) -> None:
    """Spellings are kept for a minute: one that is not among them is looked for."""
    Genre.objects.get_or_create(name="War")
    seed = make_movie("Gale", plot=SEA)
    drain()
    ask(client, like=[seed.pk], filters={"genre": "war"})
    noir = {"genre": "SEA NOIR"}
    assert refused(client, like=[seed.pk], filters=noir) == (400, ["/filters/genre"])
    Genre.objects.create(name="Sea Noir")
    near = make_movie("Spray", plot=SEA, genres=("Sea Noir",))
    drain()
    assert shown(ask(client, like=[seed.pk], filters=noir)) == [near.pk]


def test_people_of_the_liked_films_lead_within_the_filters(client: APIClient, drain: Drain) -> None:
    seed = make_movie("Gale", directors=("Pp Qq",))
    old = make_movie("Old", directors=("Pp Qq",), year=1960)
    new = make_movie("New", directors=("Pp Qq",), year=2000)
    drain()
    body = ask(client, like=[seed.pk], filters={"year_max": 1970})
    assert reasons(body, old)["people"]["person"]["name"] == "Pp Qq"
    assert new.pk not in shown(body)


def test_unseen_and_liked_by_following_are_the_viewers_own(
    ana: User, as_ana: APIClient, drain: Drain
) -> None:
    ben, eve = make_user("ben"), make_user("eve")
    follow_user(follower=ana, followee=ben)
    seed, seen, liked, other, gone = (make_movie(plot=SEA) for _ in range(5))
    like(ben, seen, liked)
    like(eve, other)
    like(ana, seen)
    dismiss_movie(user=ana, movie=gone)
    drain()
    plain = shown(ask(as_ana, like=[seed.pk], limit=100))
    assert {seen.pk, liked.pk, other.pk} <= set(plain)
    assert gone.pk not in plain
    mine = {"liked_by_following": True}
    assert set(shown(ask(as_ana, like=[seed.pk], filters=mine))) == {seen.pk, liked.pk}
    assert shown(ask(as_ana, like=[seed.pk], filters={**mine, "unseen": True})) == [liked.pk]

    update_profile(user=ben, used_for_others=False)
    assert shown(ask(as_ana, like=[seed.pk], filters=mine)) == []


def test_what_cannot_be_asked_is_named(client: APIClient) -> None:
    film = make_movie().pk
    assert refused(client) == (400, ["/like"])
    assert refused(client, like=[], text=" ") == (400, ["/like"])
    assert refused(client, like=[film], dislike=[film]) == (400, ["/dislike"])
    assert refused(client, like=[film, film]) == (400, ["/like"])
    assert refused(client, like=[film], dislike=[10**15]) == (404, ["/dislike/0"])
    assert refused(client, like=[film, 10**15]) == (404, ["/like/1"])
    assert refused(client, like=[film], diversity=2) == (400, ["/diversity"])
    assert refused(client, like=[film], surprise=1) == (400, ["/surprise"])
    for filters, pointer in (
        ({"genre": "Cooking"}, "/filters/genre"),
        ({"year_min": 2000, "year_max": 1990}, "/filters/year_min"),
        ({"unseen": True}, "/filters/unseen"),
        ({"liked_by_following": True}, "/filters/liked_by_following"),
        ({"unseen": 1}, "/filters/unseen"),
    ):
        assert refused(client, like=[film], filters=filters) == (400, [pointer])
    answer = refused(client, like=[film], filters={"person": 10**15})
    assert answer == (404, ["/filters/person"])


def test_a_silent_vector_store_leaves_title_and_people(
    client: APIClient, drain: Drain, stores: EmbeddedStores, visitors_wait: None
) -> None:
    seed = make_movie("Gale", directors=("Rr Ss",))
    by_them, titled = make_movie("Squall", directors=("Rr Ss",)), make_movie("Zz Top")
    drain()
    stores.pause("vectors")
    try:
        body = ask(client, like=[seed.pk], text="zz top")
    finally:
        stores.resume("vectors")
    assert body["degraded"] == ["vectors"]
    assert shown(body) == [titled.pk, by_them.pk]
