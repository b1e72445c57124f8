"""The HNSW index: built by itself, beside the service, and good."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

POINTS, DIMENSION, CLUSTERS = 10_000, 64, 200
BUILD_SECONDS = 120


@pytest.fixture
def vectors() -> np.ndarray:
    """10,000 × 64 in 200 clusters."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(CLUSTERS, DIMENSION))
    chosen = centres[rng.integers(0, CLUSTERS, POINTS)]
    return (chosen + 0.5 * rng.normal(size=(POINTS, DIMENSION))).astype(np.float32)


@pytest.fixture
def large(client: QdrantClient, new_name: Callable[[], str], vectors: np.ndarray) -> str:
    """A collection above its indexing threshold of 1,000 kB."""
    name = new_name()
    client.create_collection(
        name,
        vectors_config=models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE),
        optimizers_config=models.OptimizersConfigDiff(
            indexing_threshold=1000, default_segment_number=1
        ),
        hnsw_config=models.HnswConfigDiff(full_scan_threshold=100),
    )
    client.create_payload_index(name, "fence", field_schema="integer")
    for start in range(0, POINTS, 1000):
        rows = range(start, start + 1000)
        points = [
            models.PointStruct(id=row, vector=vectors[row].tolist(), payload={"fence": 1})
            for row in rows
        ]
        client.upsert(name, points)
    return name


def is_built(client: QdrantClient, name: str) -> bool:
    info = client.get_collection(name)
    covered = (info.indexed_vectors_count or 0) >= POINTS / 2
    return info.status == models.CollectionStatus.GREEN and covered


def wait_until_built(client: QdrantClient, name: str) -> None:
    deadline = time.monotonic() + BUILD_SECONDS
    while not is_built(client, name):
        assert time.monotonic() < deadline, client.get_collection(name)
        time.sleep(0.05)


def test_recall_at_10(client: QdrantClient, large: str, vectors: np.ndarray) -> None:
    wait_until_built(client, large)
    exact = models.SearchParams(exact=True)
    hits = 0
    for row in range(0, POINTS, 100):
        query = (vectors[row] + 0.1).tolist()
        found = client.query_points(large, query=query, limit=10).points
        wanted = client.query_points(large, query=query, limit=10, search_params=exact).points
        hits += len({point.id for point in found} & {point.id for point in wanted})
    assert hits / (POINTS / 100 * 10) >= 0.98


def test_reads_and_writes_go_on_while_the_index_is_built(
    client: QdrantClient, large: str, vectors: np.ndarray
) -> None:
    """No query fails, no write made meanwhile is lost, and a guard holds across the switch."""
    problems: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        row = 0
        while not stop.is_set():
            row = (row + 37) % POINTS
            try:
                found = client.query_points(large, query=vectors[row].tolist(), limit=1).points
                assert found[0].score == pytest.approx(1.0, abs=1e-3)
            except BaseException as error:
                problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    written = write_until_built(client, large, vectors)
    stop.set()
    reader.join()
    assert not problems
    assert written > 0
    late = models.Filter(must=[models.FieldCondition(key="fence", range=models.Range(gte=2))])
    assert client.count(large, count_filter=late).count == written
    assert client.count(large).count == POINTS + written


def write_until_built(client: QdrantClient, name: str, vectors: np.ndarray) -> int:
    """Write bursts of new points, and of stale ones over old ones, until the index is there.

    Between bursts is the quiet in which a store begins to build.
    """
    older = models.Filter(must=[models.FieldCondition(key="fence", range=models.Range(lt=0))])
    deadline = time.monotonic() + BUILD_SECONDS
    written = 0
    while not is_built(client, name):
        assert time.monotonic() < deadline
        for _ in range(20):
            vector = vectors[written].tolist()
            new = models.PointStruct(id=POINTS + written, vector=vector, payload={"fence": 2})
            client.upsert(name, [new])
            stale = models.PointStruct(id=written, vector=vector, payload={"fence": 9})
            client.upsert(name, [stale], update_filter=older)
            written += 1
        pause = time.monotonic() + 0.7
        while time.monotonic() < pause and not is_built(client, name):
            time.sleep(0.05)
    return written


def test_changed_graph_is_built_anew(client: QdrantClient, large: str, embedded: str) -> None:
    wait_until_built(client, large)
    client.update_collection(large, hnsw_config=models.HnswConfigDiff(m=24))
    assert client.get_collection(large).status == models.CollectionStatus.YELLOW
    wait_until_built(client, large)
    assert client.get_collection(large).config.hnsw_config.m == 24
    assert client.count(large).count == POINTS


def test_large_collection_can_be_dropped_while_its_index_is_built(
    client: QdrantClient, large: str
) -> None:
    assert client.delete_collection(large)
    assert not client.collection_exists(large)
