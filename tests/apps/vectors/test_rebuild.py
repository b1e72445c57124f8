"""The bulk projection: what it brings, what it sweeps, and what it leaves for later."""

from collections.abc import Callable
from threading import Timer
from typing import Any

import pytest

from apps.movies.actions import rate_movie
from apps.movies.models import Movie, Rating
from apps.outbox import relay
from apps.outbox.fences import draw
from apps.outbox.models import Message
from apps.outbox.projections import projection_named
from apps.users.models import User
from apps.vectors.client import WRITE_SOCKET_SECONDS
from apps.vectors.rebuild import copy_films, rebuild
from apps.vectors.store import VectorStore
from apps.vectors.topics import EMBEDDING
from infra.embedded.testing import EmbeddedStores
from tests.apps.vectors.conftest import NOBODY, film, new_id, taste, unit
from tests.factories import make_movie, make_user

Stored = Callable[[str, int], dict[str, Any] | None]
Progress = list[tuple[str, int, int]]


@pytest.fixture
def loaded(vectors: VectorStore) -> tuple[User, list[Movie]]:
    """A member and films as a bulk import leaves them: no messages, nothing in the store."""
    ana = make_user()
    films = [make_movie(f"Bulk {number}", actors=("Some One",)) for number in range(3)]
    rate_movie(user=ana, movie=films[0], half_stars=10)
    Message.objects.all().delete()
    return ana, films


def test_films_and_tastes_are_brought_and_no_messages_written(
    loaded: tuple[User, list[Movie]], vectors: VectorStore, stored: Stored
) -> None:
    ana, films = loaded
    told: Progress = []
    projection_named("vectors").rebuild(lambda *step: told.append(step))

    assert vectors.vectors_of([movie.pk for movie in films]).keys() == {one.pk for one in films}
    assert (stored("films", films[0].pk) or {})["title"] == "Bulk 0"
    assert (stored("tastes", ana.pk) or {})["films"] == [films[0].pk]
    assert not Message.objects.exists()
    assert ("films", Movie.objects.count(), Movie.objects.count()) in told
    raters = Rating.objects.values("user").distinct().count()
    assert ("tastes", raters, raters) in told


def test_what_postgres_does_not_know_becomes_a_tombstone(
    vectors: VectorStore, stored: Stored
) -> None:
    gone, nobody = new_id(), new_id()
    old = draw("vectors")
    vectors.put_films([film(gone)], old)
    vectors.put_tastes([taste(nobody, unit(1))], old)
    rebuild(lambda *step: None)
    for kind, key in (("films", gone), ("tastes", nobody)):
        found = stored(kind, key) or {}
        assert found["deleted"] is True
        assert found["fence"] > old.number


def test_a_rebuild_again_changes_fences_alone(
    loaded: tuple[User, list[Movie]], stored: Stored
) -> None:
    ana, films = loaded
    rebuild(lambda *step: None)
    before = [stored("films", films[0].pk) or {}, stored("tastes", ana.pk) or {}]
    rebuild(lambda *step: None)
    after = [stored("films", films[0].pk) or {}, stored("tastes", ana.pk) or {}]
    for old, new in zip(before, after, strict=True):
        assert new.pop("fence") > old.pop("fence")
        assert old == new


def test_a_newer_write_survives_the_rebuild(
    loaded: tuple[User, list[Movie]], vectors: VectorStore, stored: Stored
) -> None:
    _, films = loaded

    def overtake(what: str, done: int, total: int) -> None:
        if what == "films":
            vectors.put_films([film(films[0].pk, title="Newer")], draw("vectors"))

    rebuild(overtake)
    assert (stored("films", films[0].pk) or {})["title"] == "Newer"


def test_a_film_that_nobody_can_embed_keeps_its_point_and_follows_later(
    loaded: tuple[User, list[Movie]],
    vectors: VectorStore,
    stored: Stored,
    embedder_at: Callable[[str], None],
    drain: Callable[[], int],
) -> None:
    ana, (known, new, _) = loaded
    vectors.put_films([film(known.pk, title="As it was")], draw("vectors"))
    embedder_at(NOBODY)
    rebuild(lambda *step: None)
    assert (stored("films", known.pk) or {})["title"] == "As it was"
    assert stored("films", new.pk) is None
    waiting = set(Message.objects.filter(topic=EMBEDDING.name).values_list("key", flat=True))
    assert {str(known.pk), str(new.pk)} <= waiting

    assert relay.drain("vectors", seconds=1) == 0
    embedder_at("")
    drain()
    assert (stored("films", known.pk) or {})["title"] == "Bulk 0"
    assert (stored("films", new.pk) or {})["title"] == "Bulk 1"
    assert (stored("tastes", ana.pk) or {})["films"] == [known.pk]


def test_a_store_that_stalls_for_seconds_ends_no_rebuild(
    loaded: tuple[User, list[Movie]], stored: Stored, stores: EmbeddedStores
) -> None:
    _, films = loaded
    stores.pause("vectors")
    longer_than_one_try = Timer(WRITE_SOCKET_SECONDS + 0.5, stores.resume, ["vectors"])
    longer_than_one_try.start()
    try:
        copy_films(lambda *step: None, ids=[movie.pk for movie in films])
    finally:
        longer_than_one_try.join()
    assert all((stored("films", movie.pk) or {})["has_vector"] for movie in films)
