"""What is refused, with the server's status codes and error form."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from qdrant_client import QdrantClient

VECTOR = [1.0, 0.0, 0.0, 0.0]


def error(answer: httpx.Response) -> str:
    body = answer.json()
    assert isinstance(body["time"], float)
    return str(body["status"]["error"])


def points(*vectors: object) -> dict[str, object]:
    return {"points": [{"id": n, "vector": v, "payload": {}} for n, v in enumerate(vectors)]}


def test_wrong_dimension_of_a_point(http: httpx.Client, films: str) -> None:
    answer = http.put(f"/collections/{films}/points?wait=true", json=points([1, 2, 3]))
    assert answer.status_code == 400
    assert error(answer) == "Wrong input: Vector dimension error: expected dim: 4, got 3"


def test_wrong_dimension_of_a_query(http: httpx.Client, films: str) -> None:
    http.put(f"/collections/{films}/points?wait=true", json=points(VECTOR))
    answer = http.post(f"/collections/{films}/points/query", json={"query": [1, 2, 3]})
    assert answer.status_code == 400
    assert error(answer) == "Wrong input: Vector dimension error: expected dim: 4, got 3"


def test_unknown_vector_name(http: httpx.Client, films: str) -> None:
    answer = http.put(f"/collections/{films}/points?wait=true", json=points({"nope": VECTOR}))
    assert answer.status_code == 400
    assert error(answer) == "Wrong input: Not existing vector name error: nope"


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"points": 5}',
        b'{"points": [{"id": 1}]}',
        b'{"points": [{"id": 1, "vector": ["a"], "payload": {}}]}',
        b'{"points": [{"id": 1, "vector": [1, 2, 3, null], "payload": {}}]}',
        b'{"points": [{"id": 1, "vector": [1, 2, 3, 4], "payload": []}]}',
    ],
)
def test_malformed_body(http: httpx.Client, films: str, content: bytes) -> None:
    answer = http.put(
        f"/collections/{films}/points?wait=true",
        content=content,
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert error(answer).startswith("Format error in JSON body")


def test_limit_of_zero(http: httpx.Client, films: str) -> None:
    answer = http.post(f"/collections/{films}/points/query", json={"query": VECTOR, "limit": 0})
    assert answer.status_code == 422
    assert "value 0 invalid, must be 1 or larger" in error(answer)


def test_prefetch_without_a_query(http: httpx.Client, films: str) -> None:
    body = {"prefetch": [{"query": VECTOR}]}
    answer = http.post(f"/collections/{films}/points/query", json=body)
    assert answer.status_code == 400
    assert "query is needed to merge the prefetches" in error(answer)


def test_bad_point_leaves_no_trace_of_its_batch(
    embedded: str, client: QdrantClient, http: httpx.Client, films: str
) -> None:
    """The engine stores what comes before a bad point; the service checks all of them first."""
    answer = http.put(f"/collections/{films}/points?wait=true", json=points(VECTOR, [1, 2, 3]))
    assert answer.status_code == 400
    assert client.count(films).count == 0


UNSERVED: list[tuple[str, str, dict[str, object]]] = [
    ("PUT", "points", {**points(VECTOR), "surprise": 1}),
    ("PUT", "points", {"points": [{"id": 1, "vector": VECTOR, "surprise": 1}]}),
    ("PUT", "points", {**points(VECTOR), "shard_key": "a"}),
    ("PUT", "points", points({"indices": [1], "values": [1.0]})),
    ("PUT", "points", points({"text": "embed me", "model": "m"})),
    ("PUT", "points?surprise=1", points(VECTOR)),
    ("POST", "points/query", {"query": VECTOR, "surprise": 1}),
    ("POST", "points/query", {"query": {"text": "x"}, "using": "title"}),
    ("POST", "points/query", {"query": 1, "lookup_from": {"collection": "other"}}),
    ("POST", "points/query", {"query": VECTOR, "params": {"surprise": 1}}),
    ("POST", "points/query", {"query": VECTOR, "filter": {"surprise": []}}),
    ("POST", "points/query", {"query": VECTOR, "filter": {"must": [{"surprise": 1}]}}),
    ("POST", "points/scroll", {"filter": {"must": {"key": "a", "geo_radius": {}}}}),
    ("POST", "points/query/groups", {"query": VECTOR, "group_by": "year"}),
    ("POST", "points/search", {"vector": VECTOR, "limit": 1}),
    ("POST", "snapshots", {}),
    ("PUT", "index", {"field_name": "place", "field_schema": "geo"}),
    ("PATCH", "", {"params": {"replication_factor": 2}}),
]


@pytest.mark.parametrize(("method", "path", "body"), UNSERVED, ids=lambda value: str(value)[:40])
def test_what_is_not_served_says_so(
    embedded: str, http: httpx.Client, films: str, method: str, path: str, body: dict[str, object]
) -> None:
    """501 in Qdrant's error form; never an answer that left something out."""
    answer = http.request(method, f"/collections/{films}/{path}".rstrip("/"), json=body)
    assert answer.status_code == 501, answer.text
    assert error(answer).startswith("Not implemented in the embedded vector service: ")


@pytest.mark.parametrize(
    "more",
    [
        {"shard_number": 2},
        {"replication_factor": 2},
        {"sparse_vectors": {"words": {}}},
        {"strict_mode_config": {"enabled": True}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_collections_that_cannot_be(
    embedded: str, http: httpx.Client, new_name: Callable[[], str], more: dict[str, object]
) -> None:
    name = new_name()
    body = {"vectors": {"size": 4, "distance": "Dot"}, **more}
    answer = http.put(f"/collections/{name}", json=body)
    assert answer.status_code == 501, answer.text
    assert http.get(f"/collections/{name}").status_code == 404


@pytest.mark.parametrize("params", ["wait=true", "ordering=strong", "timeout=5"])
def test_what_is_true_of_one_node_is_accepted(http: httpx.Client, films: str, params: str) -> None:
    answer = http.put(f"/collections/{films}/points?{params}", json=points(VECTOR))
    assert answer.status_code == 200


def test_key_is_asked_for(new_service: Callable[..., object], tmp_path: Path) -> None:
    """401 with the server's words in plain text; the health paths stay open."""
    key = tmp_path / "key"
    key.write_text("s3cret\n")
    service = new_service("--api-key-file", str(key))
    url = service.url  # type: ignore[attr-defined]
    assert httpx.get(f"{url}/collections").status_code == 401
    assert httpx.get(f"{url}/collections", headers={"api-key": "no"}).status_code == 401
    assert httpx.get(f"{url}/readyz").status_code == 200
    for headers in ({"api-key": "s3cret"}, {"authorization": "Bearer s3cret"}):
        assert httpx.get(f"{url}/collections", headers=headers).status_code == 200


def test_errors_are_json(http: httpx.Client) -> None:
    answer = http.get("/collections/nowhere")
    assert answer.headers["content-type"] == "application/json"
    assert set(json.loads(answer.content)) >= {"status", "time"}
