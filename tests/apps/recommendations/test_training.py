"""Trainings: what is learned from ratings, how it reaches a slate, and when one is due."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie, update_movie
from apps.movies.models import Movie
from apps.outbox import relay
from apps.recommendations import statistics, training
from apps.recommendations.learning.ratings import Columns, in_order, learnable, read_learnable
from apps.recommendations.ranking import LEARNED
from apps.recommendations.switching import train_and_switch
from apps.users.actions import follow_user, update_profile
from apps.users.models import User
from apps.vectors import factors, generations
from apps.vectors.models import Training
from apps.vectors.writes import COLLABORATIVE, CONTENT
from tests.apps.recommendations.conftest import CROWD, FILMS, THEN
from tests.clients import qdrant_at
from tests.factories import make_movie, make_user

DRIFTED = SimpleNamespace(drifted=1)
"""What the checker says of a kind of which one fact is not as Postgres has it."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> User:
    return make_user("ana")


def yesterday() -> datetime:
    return timezone.now() - timedelta(days=1)


def slate(client: APIClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/v1/me/recommendations/").json()["items"]
    return items


def test_a_rating_counts_in_the_next_slate_and_is_named_as_its_reason(
    halves: tuple[list[Movie], list[Movie]],
    ana: User,
    client_of: Callable[[User], APIClient],
) -> None:
    firsts, seconds = halves
    train_and_switch()
    client = client_of(ana)

    for chosen, others in ((firsts, seconds), (seconds, firsts)):
        rate_movie(user=ana, movie=chosen[0], half_stars=10)
        best = slate(client)[0]
        assert best["movie"]["id"] in {film.pk for film in chosen}
        assert best["movie"]["id"] not in {film.pk for film in others}
        told = {reason["source"]: reason for reason in best["reasons"]}["collaborative"]
        assert told["movies"][0]["id"] == chosen[0].pk


def test_of_films_alike_those_seen_by_the_same_members_come_first(
    halves: tuple[list[Movie], list[Movie]], client: APIClient
) -> None:
    (seed, near, *_), (far, *_) = halves
    for film in (seed, near, far):
        update_movie(movie=film, plot="a trawler is lost in the storm at sea")
    relay.drain("vectors")
    path = f"/api/v1/movies/{seed.pk}/similar/?limit=100"
    before = {item["movie"]["id"]: item["sources"] for item in client.get(path).json()["items"]}
    assert before[near.pk].keys() == before[far.pk].keys() == {"content"}

    train_and_switch()
    found = {item["movie"]["id"]: item for item in client.get(path).json()["items"]}
    assert "collaborative" not in found[far.pk]["sources"]
    assert found[near.pk]["score"] > found[far.pk]["score"]
    told = {reason["source"]: reason for reason in found[near.pk]["reasons"]}["collaborative"]
    assert [film["id"] for film in told["movies"]] == [seed.pk]


def test_what_the_followed_like_stands_beside_what_the_factors_say(
    halves: tuple[list[Movie], list[Movie]],
    ana: User,
    client_of: Callable[[User], APIClient],
) -> None:
    (rated, *_), (far, *_) = halves
    ben = make_user("ben")
    train_and_switch()
    rate_movie(user=ana, movie=rated, half_stars=10)
    rate_movie(user=ben, movie=far, half_stars=10)
    client = client_of(ana)
    items = slate(client)
    assert {item["reasons"][0]["source"] for item in items} <= LEARNED
    assert far.pk not in {item["movie"]["id"] for item in items}

    follow_user(follower=ana, followee=ben)
    relay.drain("graph")
    (told,) = [item["reasons"][0] for item in slate(client) if item["movie"]["id"] == far.pk]
    assert (told["source"], told["users"]) == ("social", ["ben"])


def test_films_refused_at_the_start_draw_nothing_to_them(
    halves: tuple[list[Movie], list[Movie]],
    ana: User,
    client_of: Callable[[User], APIClient],
) -> None:
    firsts, seconds = halves
    train_and_switch()
    client = client_of(ana)
    picks = {"like": [seconds[0].pk], "dislike": [film.pk for film in firsts[:5]]}
    assert client.post("/api/v1/me/onboarding/", picks).status_code == 200
    best = slate(client)[:10]
    assert {item["movie"]["id"] for item in best} <= {film.pk for film in seconds}


def test_only_ratings_that_may_be_learned_from_are(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    someone, other, gone = User.objects.order_by("-pk")[:3]
    film = Movie.objects.filter(ratings__user=someone).first()
    assert film is not None
    rate_movie(user=someone, movie=film, half_stars=4, learn=False)
    update_profile(user=other, used_for_others=False)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    learned_from = training.train().learned_from
    assert learned_from["ratings"] == 18 * (CROWD - 2) - 1
    assert learned_from["people"] == CROWD - 2


def test_stars_are_predicted_from_how_a_film_is_rated(
    halves: tuple[list[Movie], list[Movie]],
    ana: User,
    client_of: Callable[[User], APIClient],
) -> None:
    firsts, _ = halves
    seed, rare = (make_movie(plot="the lighthouse keeper goes mad") for _ in range(2))
    rate_movie(user=User.objects.order_by("-pk")[1], movie=rare, half_stars=10)
    train_and_switch()
    statistics.rebuild(lambda *progress: None)
    rate_movie(user=ana, movie=firsts[12], half_stars=6)
    rate_movie(user=ana, movie=seed, half_stars=10)
    stars = {item["movie"]["id"]: item["predicted_stars"] for item in slate(client_of(ana))}
    given = {film.pk: 1 + number % 5 for number, film in enumerate(firsts)}
    told = [(stars[pk], given[pk]) for pk in stars if pk in given]
    assert len(told) > 5
    assert stars[rare.pk] is None
    assert all(abs(predicted - real) < 0.6 for predicted, real in told)


def test_a_film_that_changes_keeps_its_factors(
    halves: tuple[list[Movie], list[Movie]], stores: Any
) -> None:
    (film, *_), _ = halves
    made = train_and_switch()
    fresh = make_movie("Nobody rated this")
    update_movie(movie=film, title="Another title")
    relay.drain("vectors")

    qdrant = qdrant_at(stores.environment)
    films = generations.films(generations.pointer.resolve())
    changed, new = qdrant.retrieve(films, [film.pk, fresh.pk], with_vectors=True)
    qdrant.close()
    assert isinstance(changed.vector, dict)
    assert changed.payload
    assert changed.payload["title"] == "Another title"
    learned = factors.held(made.pk).film_of(film.pk)
    assert np.allclose(changed.vector[COLLABORATIVE], learned, atol=1e-3)
    assert isinstance(new.vector, dict)
    assert new.vector.keys() == {CONTENT}


def test_next_to_no_ratings_are_not_learned_from(ana: User) -> None:
    rate_movie(user=ana, movie=make_movie(), half_stars=10)
    assert not training.is_due()
    with pytest.raises(CommandError, match="too few"):
        call_command("train_recommendations")


def test_a_training_is_due_once_the_ratings_have_grown(
    halves: tuple[list[Movie], list[Movie]], ana: User
) -> None:
    assert training.is_due()
    train_and_switch()
    for film in halves[0]:
        rate_movie(user=ana, movie=film, half_stars=8)
    assert not training.is_due()
    Training.objects.update(created_at=yesterday())
    assert training.is_due()


def test_a_training_is_due_once_there_is_less_to_learn_from(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    train_and_switch()
    Training.objects.update(created_at=yesterday())
    assert not training.is_due()
    someone = User.objects.latest("pk")
    update_profile(user=someone, used_for_others=False)
    assert training.is_due()


def test_a_training_is_due_within_a_week_whatever_hides_what_went(
    halves: tuple[list[Movie], list[Movie]], ana: User
) -> None:
    train_and_switch()
    update_profile(user=User.objects.exclude(pk=ana.pk).latest("pk"), used_for_others=False)
    for film in halves[0][:18]:
        rate_movie(user=ana, movie=film, half_stars=8)
    Training.objects.update(created_at=yesterday())
    assert not training.is_due()
    Training.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=-10))
    assert training.is_due()


def test_what_is_too_little_to_learn_from_is_never_due(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    train_and_switch()
    Training.objects.update(created_at=THEN)
    assert training.is_due()
    User.objects.filter(ratings__isnull=False).update(used_for_others=False)
    assert not training.is_due()


def test_ratings_of_members_with_one_each_are_too_few() -> None:
    """There is no newest rating beside others to measure on."""
    people = np.arange(training.LEAST_RATINGS)
    columns = in_order(people, people % FILMS, 2 + people % 9, people)
    with pytest.raises(training.TooFewRatings):
        training.held_out_ndcg(columns)


def test_ratings_are_read_whole_in_blocks(halves: tuple[list[Movie], list[Movie]]) -> None:
    blocks: list[Columns] = []
    read_learnable(blocks.append, block_rows=100)
    assert len(blocks) == 1 + 18 * CROWD // 100
    told = {row for block in blocks for row in zip(*(c.tolist() for c in block), strict=True)}
    held = learnable().values_list("user", "movie", "half_stars", "changed_at")
    assert told == {(*row, int(when.timestamp())) for *row, when in held}
