"""What was acknowledged survives the death of the process (embedded service only)."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from httpx import TransportError
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException

if TYPE_CHECKING:
    from .conftest import Service

    NewService = Callable[..., Service]

VECTORS = models.VectorParams(size=4, distance=models.Distance.COSINE)


def film(number: int, fence: int = 1) -> models.PointStruct:
    return models.PointStruct(
        id=number, vector=[1.0, number + 1.0, 0.0, 0.0], payload={"fence": fence}
    )


def guarded(client: QdrantClient, number: int, fence: int) -> None:
    lower = models.Range(lt=fence)
    guard = models.Filter(must=[models.FieldCondition(key="fence", range=lower)])
    client.upsert("films", [film(number, fence)], update_filter=guard)


def make_films(client: QdrantClient) -> None:
    client.create_collection("films", vectors_config=VECTORS)
    client.create_payload_index("films", "fence", field_schema="integer")


def is_built(client: QdrantClient) -> bool:
    info = client.get_collection("films")
    return bool(info.indexed_vectors_count) and info.status == models.CollectionStatus.GREEN


def test_everything_is_there_after_kill_9(new_service: "NewService") -> None:
    service = new_service()
    client = service.client()
    make_films(client)
    alias = models.CreateAlias(alias_name="current", collection_name="films")
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    client.upsert("films", [film(number) for number in range(500)])
    guarded(client, 1, 5)
    guarded(client, 1, 4)
    client.delete("films", [2])
    client.set_payload("films", {"stars": 5}, points=[3])
    client.create_collection("dropped", vectors_config=VECTORS)
    client.delete_collection("dropped")
    service.end(signal.SIGKILL)

    client = service.start().client()
    assert client.count("current").count == 499
    found = {point.id: point.payload for point in client.retrieve("current", [1, 2, 3])}
    assert found == {1: {"fence": 5}, 3: {"fence": 1, "stars": 5}}
    assert "fence" in client.get_collection("films").payload_schema
    assert not client.collection_exists("dropped")


def test_no_acknowledged_write_is_lost_under_load(new_service: "NewService") -> None:
    service = new_service()
    make_films(service.client())
    acknowledged: list[int] = []

    def write(first: int) -> None:
        client = service.client()
        with suppress(ResponseHandlingException, TransportError):
            for number in range(first, 100_000, 4):
                client.upsert("films", [film(number)])
                acknowledged.append(number)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < 400:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert service.process is not None
    service.process.kill()
    for thread in threads:
        thread.join()
    service.end(signal.SIGKILL)

    client = service.start().client()
    found = {point.id for point in client.scroll("films", limit=100_000)[0]}
    assert found >= set(acknowledged)


def test_death_in_the_middle_of_a_rebuild(new_service: "NewService") -> None:
    service = new_service()
    client = service.client()
    few = models.OptimizersConfigDiff(indexing_threshold=10)
    client.create_collection("films", vectors_config=VECTORS, optimizers_config=few)
    client.upsert("films", [film(number) for number in range(5000)])
    deadline = time.monotonic() + 60
    while not list(service.data.glob("collections/films/shard-2")):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    client.upsert("films", [film(5000)])
    service.end(signal.SIGKILL)

    client = service.start().client()
    assert client.count("films").count == 5001
    while not is_built(client):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.count("films").count == 5001
    assert len(list(service.data.glob("collections/films/shard-*"))) == 1


def test_polite_end_is_quick(new_service: "NewService") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        service = new_service()
        client = service.client()
        if not client.collection_exists("films"):
            make_films(client)
        client.upsert("films", [film(1)])
        started = time.monotonic()
        assert service.end(number) == 0
        assert time.monotonic() - started < 5


def test_data_folder_has_one_holder(new_service: "NewService") -> None:
    service = new_service()
    command = [sys.executable, "-m", "infra.embedded.vector_service", "--data", str(service.data)]
    second = subprocess.run(
        command, cwd=service.root, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert "is held by another vector service" in second.stderr
