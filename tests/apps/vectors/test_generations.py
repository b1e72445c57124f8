"""A new generation beside the living one: how it is built, how it serves, how it ends."""

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from qdrant_client import QdrantClient

from apps.common.errors import StoreUnavailable
from apps.common.locks import TRY_LOCK
from apps.consistency.rebuilding import rebuild
from apps.movies.actions import delete_movie, rate_movie, update_movie
from apps.movies.models import Movie
from apps.outbox import generations as outbox
from apps.outbox.errors import GivenUp, NotEqual
from apps.outbox.models import Generation, Message
from apps.outbox.projections import Progress, projection_named
from apps.users.models import User
from apps.vectors import collections, editions, generations
from apps.vectors.embedding import known_model
from apps.vectors.points import Vector
from apps.vectors.store import VectorStore
from apps.vectors.stored_vectors import stored_vectors
from tests.factories import make_movie, make_user

Look = Callable[[str, int], dict[str, Any] | None]


def quiet(*step: object) -> None:
    """Progress that nobody watches."""


def states() -> dict[str, str]:
    rows = Generation.objects.filter(destination="vectors")
    return dict(rows.order_by("id").values_list("name", "state"))


@pytest.fixture
def held(qdrant: QdrantClient) -> Look:
    """The payload of a point in a named collection; None when nothing is there."""

    def look(collection: str, key: int) -> dict[str, Any] | None:
        found = qdrant.retrieve(collection, [key])
        return found[0].payload if found else None

    return look


@pytest.fixture
def loaded(drain: Callable[[], int], own_generations: None) -> tuple[User, list[Movie]]:
    """A member and films in every store."""
    ana = make_user()
    films = [make_movie(f"Kept {number}") for number in range(3)]
    rate_movie(user=ana, movie=films[0], half_stars=10)
    drain()
    return ana, films


@pytest.fixture
def names(qdrant: QdrantClient) -> Callable[[], set[str]]:
    """The collections that there are."""
    return lambda: {one.name for one in qdrant.get_collections().collections}


def test_the_new_generation_serves_and_the_old_one_is_kept_in_step(
    loaded: tuple[User, list[Movie]], vectors: VectorStore, held: Look, drain: Callable[[], int]
) -> None:
    ana, (kept, changed, gone) = loaded
    call_command("rebuild", "vectors")
    assert states() == {"g1": "previous", "g2": "live"}
    assert generations.pointer.resolve() == "g2"
    assert vectors.vectors_of([kept.pk, changed.pk]).keys() == {kept.pk, changed.pk}

    update_movie(movie=changed, title="Changed")
    lost = gone.pk
    delete_movie(movie=gone)
    drain()
    for name in ("g1", "g2"):
        assert (held(f"films-{name}", changed.pk) or {})["title"] == "Changed"
        assert (held(f"films-{name}", lost) or {})["deleted"] is True
        assert (held(f"tastes-{name}", ana.pk) or {})["user_id"] == ana.pk


def test_the_step_back_and_the_end_of_the_former_one(
    loaded: tuple[User, list[Movie]], names: Callable[[], set[str]], qdrant: QdrantClient
) -> None:
    call_command("rebuild", "vectors")
    call_command("rebuild", "vectors", "--rollback")
    assert states() == {"g1": "live", "g2": "previous"}
    aliases = {one.alias_name: one.collection_name for one in qdrant.get_aliases().aliases}
    assert aliases["films"] == "films-g1"

    call_command("rebuild", "vectors", "--finalise", "--yes")
    assert states() == {"g1": "live", "g2": "retired"}
    assert "films-g1" in names()
    assert not {"films-g2", "tastes-g2"} & names()
    with pytest.raises(CommandError, match="no previous generation"):
        call_command("rebuild", "vectors", "--rollback")

    call_command("rebuild", "vectors")
    assert states() == {"g1": "previous", "g2": "retired", "g3": "live"}


def test_what_the_checker_finds_wrong_does_not_serve(
    loaded: tuple[User, list[Movie]], names: Callable[[], set[str]], qdrant: QdrantClient
) -> None:
    _, (film, *_) = loaded

    def damage(what: str, done: int, total: int) -> None:
        if what == "tastes":
            qdrant.set_payload("films-g2", {"title": "Damaged"}, points=[film.pk])

    with pytest.raises(NotEqual, match="1 facts in g2"):
        rebuild(projection_named("vectors"), damage)
    assert states() == {"g1": "live", "g2": "retired"}
    assert not {"films-g2", "tastes-g2"} & names()


def test_a_generation_that_cannot_be_written_ends_and_no_message_waits_for_it(
    loaded: tuple[User, list[Movie]], qdrant: QdrantClient, held: Look, drain: Callable[[], int]
) -> None:
    _, (film, *_) = loaded

    def lose_it(what: str, done: int, total: int) -> None:
        if what == "films":
            qdrant.delete_collection("films-g2")
            update_movie(movie=film, title="Goes on")
            drain()

    with pytest.raises(GivenUp):
        outbox.replace("vectors", editions, lambda name: 0, lose_it)
    assert states() == {"g1": "live", "g2": "retired"}
    assert (held("films-g1", film.pk) or {})["title"] == "Goes on"
    assert not Message.objects.exists()


def test_a_copy_outlives_a_moment_without_an_answer(
    loaded: tuple[User, list[Movie]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that takes in a whole generation is slow, and well all the same."""
    answer, asked = stored_vectors.of, []

    def late_once(generation: str, movie_ids: Collection[int]) -> dict[int, Vector]:
        asked.append(generation)
        if len(asked) == 1:
            raise StoreUnavailable("vectors", "No answer in time.")
        return answer(generation, movie_ids)

    monkeypatch.setattr(stored_vectors, "of", late_once)
    monkeypatch.setattr("apps.vectors.rebuild.PAUSES", (0,))
    call_command("rebuild", "vectors")
    assert asked == ["g2", "g2"]
    assert states() == {"g1": "previous", "g2": "live"}


def test_a_delete_leaves_a_tombstone_where_nothing_was(
    loaded: tuple[User, list[Movie]], held: Look, drain: Callable[[], int]
) -> None:
    _, (film, *_) = loaded
    key = film.pk
    seen: list[dict[str, Any] | None] = []

    def fill(generation: str, progress: Progress) -> None:
        delete_movie(movie=film)
        drain()
        seen.append(held(f"films-{generation}", key))
        editions.fill(generation, progress)

    steps = SimpleNamespace(
        create=editions.create, fill=fill, serve=editions.serve, clear=editions.clear
    )
    outbox.replace("vectors", cast(outbox.Editions, steps), lambda name: 0, quiet)
    assert (seen[0] or {})["deleted"] is True


def test_two_rebuilds_of_one_store_do_not_run_at_once(loaded: tuple[User, list[Movie]]) -> None:
    """The lock is the session's: another session holds it here."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(TRY_LOCK, [outbox.LOCK, "vectors"])
        with pytest.raises(CommandError, match="under way"):
            call_command("rebuild", "vectors")
    finally:
        other.close()
    assert states() == {"g1": "live"}


def test_the_former_one_does_not_end_while_another_is_made(
    loaded: tuple[User, list[Movie]], names: Callable[[], set[str]]
) -> None:
    """The new one's collections are there before any row names them: they would go as nobody's."""
    call_command("rebuild", "vectors")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(TRY_LOCK, [outbox.LOCK, "vectors"])
        collections.ensure_collections("g3", known_model())
        with pytest.raises(CommandError, match="under way"):
            call_command("rebuild", "vectors", "--finalise", "--yes")
    finally:
        other.close()
    assert states() == {"g1": "previous", "g2": "live"}
    assert {"films-g1", "films-g3"} <= names()


def test_what_a_killed_rebuild_left_is_cleared_by_the_next(
    loaded: tuple[User, list[Movie]], names: Callable[[], set[str]]
) -> None:
    collections.ensure_collections("g2", known_model())
    Generation.objects.create(destination="vectors", name="g2")
    call_command("rebuild", "vectors")
    assert states() == {"g1": "previous", "g2": "retired", "g3": "live"}
    assert not {"films-g2", "tastes-g2"} & names()


def test_the_finalisation_asks(
    loaded: tuple[User, list[Movie]], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("rebuild", "vectors")
    monkeypatch.setattr("builtins.input", lambda question: "n")
    with pytest.raises(CommandError, match="Nothing was done"):
        call_command("rebuild", "vectors", "--finalise")
    assert states() == {"g1": "previous", "g2": "live"}


def test_in_place_makes_no_generation(loaded: tuple[User, list[Movie]], held: Look) -> None:
    _, (film, *_) = loaded
    Movie.objects.filter(pk=film.pk).update(title="Unpublished")
    call_command("rebuild", "vectors", "--in-place")
    assert states() == {"g1": "live"}
    assert (held("films-g1", film.pk) or {})["title"] == "Unpublished"
