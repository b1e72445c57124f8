"""Points: written, read, changed in part, removed."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from qdrant_client import QdrantClient, models

X, Y, Z = [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]
UUID_ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def payload(client: QdrantClient, name: str, key: int | str = 1) -> dict[str, object]:
    return client.retrieve(name, [key])[0].payload or {}


@pytest.fixture
def two(client: QdrantClient, films: str) -> str:
    """Two films with payload."""
    points = [
        models.PointStruct(id=1, vector=X, payload={"year": 1972, "tags": ["a", "b"]}),
        models.PointStruct(id=2, vector=Y, payload={"year": 1995}),
    ]
    client.upsert(films, points)
    return films


def test_whole_point_comes_back(client: QdrantClient, films: str) -> None:
    content = {
        "n": None,
        "t": True,
        "i": 2**53 + 1,
        "f": 1.0,
        "s": "é🎬",
        "l": [1, "a", None, {"k": [1.5]}],
        "o": {"a": {"b": []}},
    }
    keys: list[int | str] = [0, 2**64 - 1, UUID_ID]
    client.upsert(films, [models.PointStruct(id=key, vector=X, payload=content) for key in keys])
    found = client.retrieve(films, keys, with_vectors=True)
    assert {point.id for point in found} == set(keys)
    for point in found:
        assert point.payload == content
        assert point.vector == X


def test_upsert_replaces_the_whole_point(client: QdrantClient, two: str) -> None:
    client.upsert(two, [models.PointStruct(id=1, vector=Z, payload={"genre": "crime"})])
    assert payload(client, two) == {"genre": "crime"}


def test_columns(client: QdrantClient, films: str) -> None:
    columns = models.Batch(ids=[1, 2], vectors=[X, Y], payloads=[{"a": 1}, {"a": 2}])
    client.upsert(films, columns)
    assert [payload(client, films, key) for key in (1, 2)] == [{"a": 1}, {"a": 2}]


def test_last_of_equal_ids_in_a_batch_wins(client: QdrantClient, films: str) -> None:
    points = [models.PointStruct(id=1, vector=X, payload={"a": a}) for a in (1, 2, 3)]
    client.upsert(films, points)
    assert payload(client, films) == {"a": 3}
    assert client.count(films).count == 1


def test_cosine_vectors_are_stored_normalised(client: QdrantClient, films: str) -> None:
    client.upsert(films, [models.PointStruct(id=1, vector=[3, 0, 4, 0], payload={})])
    found = client.retrieve(films, [1], with_vectors=True)[0].vector
    assert found == pytest.approx([0.6, 0, 0.8, 0])


def test_selection_of_payload(client: QdrantClient, two: str) -> None:
    with_keys = client.retrieve(two, [1], with_payload=["year"])[0]
    without = models.PayloadSelectorExclude(exclude=["year"])
    assert with_keys.payload == {"year": 1972}
    assert client.retrieve(two, [1], with_payload=without)[0].payload == {"tags": ["a", "b"]}
    assert not client.retrieve(two, [1], with_payload=False)[0].payload


def test_absent_ids_are_left_out(client: QdrantClient, two: str) -> None:
    assert [point.id for point in client.retrieve(two, [1, 99])] == [1]


def test_one_point_by_path(http: httpx.Client, two: str) -> None:
    found = http.get(f"/collections/{two}/points/1").json()["result"]
    assert found["payload"]["year"] == 1972
    assert found["vector"] == X
    assert http.get(f"/collections/{two}/points/99").status_code == 404


def test_delete_by_ids_and_by_filter(client: QdrantClient, two: str) -> None:
    client.delete(two, [1, 99])
    assert [point.id for point in client.scroll(two)[0]] == [2]
    old = models.Filter(must=[models.FieldCondition(key="year", range=models.Range(lt=2000))])
    client.delete(two, models.FilterSelector(filter=old))
    assert client.count(two).count == 0


def test_payload_changes(client: QdrantClient, two: str) -> None:
    client.set_payload(two, {"stars": 5, "year": 1973}, points=[1])
    assert payload(client, two) == {"year": 1973, "tags": ["a", "b"], "stars": 5}
    client.set_payload(two, {"depth": 1}, points=[1], key="extra")
    assert payload(client, two)["extra"] == {"depth": 1}
    client.delete_payload(two, ["extra", "tags"], points=[1])
    assert payload(client, two) == {"year": 1973, "stars": 5}
    client.overwrite_payload(two, {"only": True}, points=[1])
    assert payload(client, two) == {"only": True}
    client.clear_payload(two, points_selector=[1])
    assert payload(client, two) == {}
    assert payload(client, two, 2) == {"year": 1995}


def test_payload_of_an_absent_point_is_404(http: httpx.Client, two: str) -> None:
    body = {"payload": {"a": 1}, "points": [99]}
    answer = http.post(f"/collections/{two}/points/payload?wait=true", json=body)
    assert answer.status_code == 404
    assert "No point with id 99" in answer.json()["status"]["error"]


def test_vector_changes_keep_the_payload(client: QdrantClient, two: str) -> None:
    client.update_vectors(two, [models.PointVectors(id=1, vector=Z)])
    point = client.retrieve(two, [1], with_vectors=True)[0]
    assert point.vector == Z
    assert (point.payload or {})["year"] == 1972


def test_batch_of_operations_runs_in_order(client: QdrantClient, two: str) -> None:
    operations = [
        models.UpsertOperation(
            upsert=models.PointsList(points=[models.PointStruct(id=3, vector=X, payload={})])
        ),
        models.SetPayloadOperation(set_payload=models.SetPayload(payload={"a": 1}, points=[3])),
        models.DeletePayloadOperation(
            delete_payload=models.DeletePayload(keys=["year"], points=[1])
        ),
        models.DeleteOperation(delete=models.PointIdsList(points=[2])),
    ]
    results = client.batch_update_points(two, operations)
    assert [result.status for result in results] == [models.UpdateStatus.COMPLETED] * 4
    assert payload(client, two, 3) == {"a": 1}
    assert "year" not in payload(client, two)
    assert client.retrieve(two, [2]) == []


def test_point_may_have_one_of_two_vectors(
    client: QdrantClient, new_name: Callable[[], str]
) -> None:
    name = new_name()
    params = {
        "text": models.VectorParams(size=4, distance=models.Distance.COSINE),
        "factors": models.VectorParams(size=2, distance=models.Distance.DOT),
    }
    client.create_collection(name, vectors_config=params)
    both = {"text": X, "factors": [1.0, 2.0]}
    client.upsert(
        name,
        [
            models.PointStruct(id=1, vector=both, payload={}),
            models.PointStruct(id=2, vector={"text": Y}, payload={}),
        ],
    )
    found = client.query_points(name, query=[1.0, 1.0], using="factors").points
    assert [(point.id, point.score) for point in found] == [(1, 3.0)]
    assert len(client.query_points(name, query=X, using="text").points) == 2
    assert client.retrieve(name, [2], with_vectors=True)[0].vector == {"text": Y}
    assert client.retrieve(name, [1], with_vectors=["factors"])[0].vector == {"factors": [1.0, 2.0]}
    has = models.Filter(must=[models.HasVectorCondition(has_vector="factors")])
    assert client.count(name, count_filter=has).count == 1
    client.update_vectors(name, [models.PointVectors(id=2, vector={"factors": [3.0, 3.0]})])
    assert client.count(name, count_filter=has).count == 2
    client.delete_vectors(name, ["factors"], points=[1])
    assert [point.id for point in client.scroll(name, scroll_filter=has)[0]] == [2]


def test_ids_are_numbers_or_uuids(http: httpx.Client, films: str) -> None:
    for bad in ("abc", -1, 1.5):
        body = {"points": [{"id": bad, "vector": X, "payload": {}}]}
        answer = http.put(f"/collections/{films}/points?wait=true", json=body)
        assert answer.status_code == 400, bad
        assert "point ID" in answer.json()["status"]["error"] or bad == 1.5
    assert str(UUID(UUID_ID)) == UUID_ID
