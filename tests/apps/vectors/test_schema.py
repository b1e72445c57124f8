"""Generations, collections, indexes, aliases."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings
from qdrant_client import QdrantClient

from apps.common.errors import StoreUnavailable
from apps.outbox.models import Epoch, Generation
from apps.vectors import embedding, generations
from apps.vectors.collections import ensure_schema
from apps.vectors.errors import OtherModel
from apps.vectors.store import VectorStore
from tests.apps.vectors.conftest import fence, film, new_id, unit


@pytest.mark.usefixtures("vectors")
def test_one_live_generation_owns_the_collections(qdrant: QdrantClient) -> None:
    ensure_schema()
    (live,) = Generation.objects.filter(destination="vectors", state="live")
    assert live.name == "g1"
    films, tastes = (qdrant.get_collection(f"{kind}-g1") for kind in ("films", "tastes"))
    for held in (films, tastes):
        content: Any = held.config.params.vectors
        assert (content["content"].size, content["content"].distance) == (384, "Cosine")
        assert content["content"].quantization_config.scalar.type == "int8"
        assert (held.config.metadata or {})["model"] == str(embedding.known_model().identity)
    assert {name: str(one.data_type.value) for name, one in films.payload_schema.items()} == {
        "year": "integer",
        "genres": "keyword",
        "people": "integer",
        "origin": "keyword",
        "deleted": "bool",
        "fence": "integer",
    }
    assert tastes.payload_schema.keys() == {"user_id", "deleted", "fence"}


@pytest.mark.usefixtures("vectors")
def test_the_aliases_point_to_the_live_collections(qdrant: QdrantClient) -> None:
    held = {one.alias_name: one.collection_name for one in qdrant.get_aliases().aliases}
    assert {name: held[name] for name in ("films", "tastes")} == {
        "films": "films-g1",
        "tastes": "tastes-g1",
    }


def test_another_generation_gets_its_collections_and_the_aliases_follow(
    vectors: VectorStore, qdrant: QdrantClient
) -> None:
    Generation.objects.filter(name="g1", destination="vectors").update(state="previous")
    name = f"t{new_id()}"
    Generation.objects.create(destination="vectors", name=name, state="live")
    try:
        ensure_schema()
        held = {one.alias_name: one.collection_name for one in qdrant.get_aliases().aliases}
        assert held["films"] == f"films-{name}"
        key = new_id()
        vectors.put_films([film(key)], replace(fence(5), generations=("g1", name)))
        assert vectors.counts()["films"] == 1
        assert vectors.nearest_to(unit(1), limit=2) == [(key, pytest.approx(1))]
    finally:
        Generation.objects.filter(destination="vectors", name=name).delete()
        Generation.objects.filter(name="g1", destination="vectors").update(state="live")
        ensure_schema()
        for kind in ("films", "tastes"):
            qdrant.delete_collection(f"{kind}-{name}")


@pytest.mark.usefixtures("vectors")
def test_the_first_generation_after_a_restore_has_a_name_that_no_other_had(
    qdrant: QdrantClient,
) -> None:
    Generation.objects.filter(name="g1", destination="vectors").delete()
    Epoch.objects.update_or_create(defaults={"number": 7})
    try:
        ensure_schema()
        assert generations.living() == ("g1e7",)
    finally:
        Generation.objects.filter(destination="vectors", name="g1e7").update(name="g1")
        ensure_schema()
        for kind in ("films", "tastes"):
            qdrant.delete_collection(f"{kind}-g1e7")


def test_a_reader_whose_collection_is_gone_reads_the_pointer_again(
    vectors: VectorStore, qdrant: QdrantClient
) -> None:
    key = new_id()
    vectors.put_films([film(key)], fence(5))
    Generation.objects.filter(name="g1", destination="vectors").update(name="g-gone")
    generations.pointer.forget()
    assert generations.pointer.resolve() == "g-gone"
    Generation.objects.filter(name="g-gone", destination="vectors").update(name="g1")

    assert vectors.vectors_of([key]).keys() == {key}
    assert generations.pointer.resolve() == "g1"


def test_a_collection_that_stays_gone_is_a_store_that_is_away(vectors: VectorStore) -> None:
    Generation.objects.filter(name="g1", destination="vectors").update(name="g-gone")
    generations.pointer.forget()
    try:
        with pytest.raises(StoreUnavailable):
            vectors.vectors_of([1])
        with pytest.raises(StoreUnavailable, match="rebuild vectors"):
            vectors.put_films([film(new_id())], replace(fence(5), generations=("g-gone",)))
    finally:
        generations.pointer.forget()


def test_without_a_generation_the_store_is_away(vectors: VectorStore) -> None:
    Generation.objects.filter(destination="vectors").delete()
    generations.pointer.forget()
    try:
        with pytest.raises(StoreUnavailable, match="sync_schemas"):
            vectors.counts()
    finally:
        generations.pointer.forget()


@pytest.mark.usefixtures("vectors")
def test_collections_of_another_model_are_not_mixed_with() -> None:
    other = {**embedding.known_model().as_json(), "dtype": "float16"}
    Generation.objects.filter(name="g1", destination="vectors").update(made_with=other)
    with pytest.raises(OtherModel, match="float16"):
        ensure_schema()


@pytest.mark.usefixtures("vectors")
def test_another_model_in_the_settings_is_for_generations_to_come(settings: Settings) -> None:
    environment = django_settings.ENVIRONMENT
    other = replace(environment.embedding, dtype="float16")
    settings.ENVIRONMENT = replace(environment, embedding=other)
    ensure_schema()
    assert embedding.model_of("g1").identity.dtype == "float32"


@pytest.mark.usefixtures("_schemas")
def test_two_processes_may_make_the_schema_at_once(django_db_blocker: DjangoDbBlocker) -> None:
    """Committed, on connections of their own; what is made is there already for the other tests."""
    errors: list[Exception] = []
    live: list[int] = []

    def make() -> None:
        try:
            ensure_schema()
            mine = Generation.objects.filter(destination="vectors", state="live")
            live.append(mine.count())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    with django_db_blocker.unblock():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert live == [1, 1, 1, 1]
