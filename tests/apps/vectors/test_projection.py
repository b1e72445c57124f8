"""From an action to the point: what is stored after the outbox is drained."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from apps.movies.actions import (
    Cast,
    delete_member,
    delete_movie,
    rate_movie,
    unrate_movie,
    update_movie,
)
from apps.movies.models import Credit, Genre, Movie
from apps.movies.selectors import films
from apps.outbox.fences import Fence, draw
from apps.outbox.models import Message
from apps.vectors.projectors import project_movies, project_ratings, text_of
from apps.vectors.store import VectorStore
from apps.vectors.taste import taste_vector
from apps.vectors.topics import TASTE
from tests.apps.vectors.conftest import film, unit
from tests.embedding import HashedWords
from tests.factories import make_movie, make_user

Stored = Callable[[str, int], dict[str, Any] | None]
Drain = Callable[[], int]


def embedded(movie: Movie) -> Any:
    return HashedWords().embed([text_of(films([movie.pk])[movie.pk])])[0]


def people(movie: Movie, role: str) -> list[int]:
    credits = Credit.objects.filter(movie=movie, role=role).order_by("position")
    return list(credits.values_list("person_id", flat=True))


def test_a_new_film_is_stored_with_its_text_and_people(
    drain: Drain, vectors: VectorStore, stored: Stored
) -> None:
    Genre.objects.get_or_create(name="Crime")
    heat = make_movie(
        "Heat",
        genres=("Crime",),
        directors=("Michael Mann",),
        actors=("Al Pacino", "Michael Mann"),
        plot="Al Pacino hunts.",
    )
    drain()

    text = text_of(films([heat.pk])[heat.pk])
    assert "an actor hunts" in text
    found = stored("films", heat.pk) or {}
    assert found["title"] == "Heat"
    assert found["genres"] == ["Crime"]
    assert found["directors"] == people(heat, Credit.Role.DIRECTOR)
    assert found["actors"] == people(heat, Credit.Role.ACTOR)
    assert found["people"] == sorted({*found["directors"], *found["actors"]})
    assert found["text_hash"] == sha256(text.encode()).hexdigest()
    assert found["model"].startswith("sentence-transformers/all-MiniLM-L6-v2 53aa51172d14")
    assert vectors.vectors_of([heat.pk])[heat.pk] == pytest.approx(embedded(heat), abs=1e-5)


def test_a_changed_film_is_stored_anew(drain: Drain, vectors: VectorStore, stored: Stored) -> None:
    heat = make_movie("Heat", actors=("Al Pacino",))
    drain()
    update_movie(movie=heat, title="Cold", cast=Cast())
    drain()

    found = stored("films", heat.pk) or {}
    assert (found["title"], found["people"]) == ("Cold", [])
    assert vectors.vectors_of([heat.pk])[heat.pk] == pytest.approx(embedded(heat), abs=1e-5)


def test_a_deleted_film_is_a_tombstone_and_leaves_its_raters_taste(
    drain: Drain, stored: Stored
) -> None:
    ana, heat, alien = make_user(), make_movie("Heat"), make_movie("Alien")
    for movie in (heat, alien):
        rate_movie(user=ana, movie=movie, half_stars=10)
    drain()
    assert set((stored("tastes", ana.pk) or {})["films"]) == {
        heat.pk,
        alien.pk,
    }

    key = heat.pk
    delete_movie(movie=heat)
    drain()
    assert (stored("films", key) or {})["deleted"] is True
    assert (stored("tastes", ana.pk) or {})["films"] == [alien.pk]


def test_a_taste_follows_ratings_and_goes_with_the_last(drain: Drain, stored: Stored) -> None:
    ana, heat = make_user(), make_movie()
    drain()
    assert (stored("tastes", ana.pk) or {})["deleted"] is True

    rate_movie(user=ana, movie=heat, half_stars=9)
    drain()
    found = stored("tastes", ana.pk) or {}
    assert found["user_id"] == ana.pk
    assert (found["films"], found["half_stars"]) == ([heat.pk], [9])
    assert found["has_vector"]

    unrate_movie(user=ana, movie=heat)
    drain()
    assert stored("tastes", ana.pk) == {
        "deleted": True,
        "fence": (stored("tastes", ana.pk) or {})["fence"],
        "has_vector": False,
    }


def test_a_member_who_leaves_has_no_taste(drain: Drain, stored: Stored) -> None:
    ana, heat = make_user(), make_movie()
    rate_movie(user=ana, movie=heat, half_stars=9)
    drain()
    key = ana.pk
    delete_member(user=ana)
    drain()
    assert (stored("tastes", key) or {})["deleted"] is True


def test_members_of_like_taste_find_each_other(drain: Drain, vectors: VectorStore) -> None:
    ana, ben, eve = make_user(), make_user(), make_user()
    loved, hated = make_movie("Quorum of Zebras"), make_movie("Velvet Xylophone")
    for user, stars in ((ana, 10), (ben, 9), (eve, 1)):
        rate_movie(user=user, movie=loved, half_stars=stars)
        rate_movie(user=user, movie=hated, half_stars=11 - stars)
    drain()
    found = dict(vectors.people_like(ana.pk, limit=100))
    assert found[ben.pk] == pytest.approx(1, abs=1e-3)
    assert found.get(eve.pk, -1.0) < 0


def test_a_taste_takes_up_a_film_that_arrives_after_its_rating(
    drain: Drain, vectors: VectorStore, stored: Stored
) -> None:
    ana, heat = make_user(), make_movie("Heat")
    rate_movie(user=ana, movie=heat, half_stars=10)
    project_ratings([(ana.pk, heat.pk)], draw("vectors"))
    assert (stored("tastes", ana.pk) or {})["deleted"] is True

    drain()
    assert (stored("tastes", ana.pk) or {})["films"] == [heat.pk]


def test_a_taste_follows_a_films_new_text_whatever_is_delivered_first(
    drain: Drain, vectors: VectorStore, qdrant: Any
) -> None:
    """The rating's own message may be read while the film's old vector is still there."""
    ana, heat = make_user(), make_movie("Heat")
    rate_movie(user=ana, movie=heat, half_stars=10)
    drain()
    update_movie(movie=heat, title="Quite another film", plot="About bees.")
    project_ratings([(ana.pk, heat.pk)], draw("vectors"))
    Message.objects.filter(destination="vectors", topic="movies.rating").delete()
    drain()

    (point,) = qdrant.retrieve("tastes-g1", [ana.pk], with_vectors=True)
    expected = taste_vector({heat.pk: embedded(heat)}, ana.ratings.all())
    assert np.asarray(point.vector["content"]) == pytest.approx(expected, abs=1e-5)


def test_raters_are_told_before_the_films_message_is_done(vectors: VectorStore) -> None:
    ana, heat = make_user(), make_movie()
    rate_movie(user=ana, movie=heat, half_stars=10)
    Message.objects.all().delete()
    project_movies([(heat.pk,)], draw("vectors"))
    (told,) = Message.objects.all()
    assert (told.topic, told.key) == (TASTE.name, str(ana.pk))


def test_a_projection_again_with_a_lower_fence_changes_nothing(
    drain: Drain, vectors: VectorStore, stored: Stored
) -> None:
    heat = make_movie("Heat")
    early = draw("vectors")
    drain()
    before = stored("films", heat.pk)
    vectors.put_films([film(heat.pk, unit(1))], early)
    vectors.drop_films([heat.pk], Fence(early.number, early.generations))
    assert stored("films", heat.pk) == before
