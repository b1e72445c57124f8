"""Collections: made, described, changed, dropped."""

from collections.abc import Callable
from importlib.metadata import version

import httpx
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.common.version_check import is_compatible
from qdrant_client.http.exceptions import UnexpectedResponse

VECTORS = models.VectorParams(size=4, distance=models.Distance.COSINE)


def test_client_accepts_the_version(http: httpx.Client) -> None:
    """`GET /` names title and version; the client compares the version's minor with its own."""
    answer = http.get("/").json()
    assert "qdrant" in answer["title"]
    assert is_compatible(version("qdrant-client"), answer["version"])


def test_collection_lives_and_dies(client: QdrantClient, new_name: Callable[[], str]) -> None:
    name = new_name()
    assert not client.collection_exists(name)
    assert client.create_collection(name, vectors_config=VECTORS)
    assert client.collection_exists(name)
    assert name in [collection.name for collection in client.get_collections().collections]
    assert client.delete_collection(name)
    assert not client.collection_exists(name)


def test_info_tells_state_and_configuration(
    client: QdrantClient, new_name: Callable[[], str]
) -> None:
    name = new_name()
    client.create_collection(
        name,
        vectors_config={"text": VECTORS, "factors": models.VectorParams(size=3, distance="Dot")},
        hnsw_config=models.HnswConfigDiff(m=8),
        optimizers_config=models.OptimizersConfigDiff(indexing_threshold=1234),
        metadata={"generation": 7},
    )
    client.create_payload_index(name, "year", field_schema="integer")
    info = client.get_collection(name)
    assert info.status == models.CollectionStatus.GREEN
    assert info.points_count == 0
    assert isinstance(info.config.params.vectors, dict)
    assert info.config.params.vectors["factors"].size == 3
    assert info.config.hnsw_config.m == 8
    assert info.config.optimizer_config.indexing_threshold == 1234
    assert info.config.metadata == {"generation": 7}
    assert info.payload_schema["year"].data_type == models.PayloadSchemaType.INTEGER


def test_name_is_taken_once(http: httpx.Client, films: str) -> None:
    """409 and the server's words (openapi 1.10 and later)."""
    answer = http.put(f"/collections/{films}", json={"vectors": {"size": 4, "distance": "Dot"}})
    assert answer.status_code == 409
    assert answer.json()["status"]["error"] == (
        f"Wrong input: Collection `{films}` already exists!"
    )


def test_dropping_nothing_is_false(http: httpx.Client) -> None:
    answer = http.delete("/collections/never-there")
    assert answer.status_code == 200
    assert answer.json()["result"] is False


def test_configuration_changes(client: QdrantClient, new_name: Callable[[], str]) -> None:
    name = new_name()
    client.create_collection(name, vectors_config=VECTORS, metadata={"a": 1})
    client.update_collection(
        name, optimizers_config=models.OptimizersConfigDiff(indexing_threshold=77)
    )
    client.update_collection(name, metadata={"b": 2})
    config = client.get_collection(name).config
    assert config.optimizer_config.indexing_threshold == 77
    assert config.metadata == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (models.KeywordIndexParams(type="keyword", is_tenant=True), "a"),
        (models.IntegerIndexParams(type="integer", lookup=True, range=True), 1),
        (models.FloatIndexParams(type="float"), 1.5),
        (models.BoolIndexParams(type="bool"), True),
        (models.DatetimeIndexParams(type="datetime"), "2020-01-01T00:00:00Z"),
        (models.UuidIndexParams(type="uuid"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (
            models.TextIndexParams(
                type="text", tokenizer=models.TokenizerType.WORD, lowercase=True
            ),
            "The Godfather",
        ),
    ],
)
def test_payload_index_before_upload(
    client: QdrantClient,
    new_name: Callable[[], str],
    kind: models.KeywordIndexParams,
    value: object,
) -> None:
    name = new_name()
    client.create_collection(name, vectors_config=VECTORS)
    client.create_payload_index(name, "key", field_schema=kind)
    client.upsert(name, [models.PointStruct(id=1, vector=[1, 0, 0, 0], payload={"key": value})])
    shown = client.get_collection(name).payload_schema["key"]
    assert shown.points == 1
    assert shown.params == kind
    client.delete_payload_index(name, "key")
    assert client.get_collection(name).payload_schema == {}


def test_unknown_collection_is_404(client: QdrantClient, http: httpx.Client) -> None:
    answer = http.post("/collections/nowhere/points/count", json={})
    assert answer.status_code == 404
    assert answer.json()["status"]["error"] == ("Not found: Collection `nowhere` doesn't exist!")
    with pytest.raises(UnexpectedResponse, match="404"):
        client.get_collection("nowhere")
