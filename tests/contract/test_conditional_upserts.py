"""Guarded writes: `update_filter` (since 1.16) and `update_mode` (since 1.17)."""

import threading

import pytest
from qdrant_client import QdrantClient, models

VECTOR = [1.0, 0.0, 0.0, 0.0]


def lower(fence: int) -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key="fence", range=models.Range(lt=fence))])


def put(client: QdrantClient, films: str, fence: int, *, deleted: bool = False) -> None:
    payload = {"fence": fence, "deleted": deleted}
    point = models.PointStruct(id=1, vector=VECTOR, payload=payload)
    client.upsert(films, [point], update_filter=lower(fence))


def stored(client: QdrantClient, films: str, key: int = 1) -> dict[str, object] | None:
    found = client.retrieve(films, [key])
    return (found[0].payload or {}) if found else None


def test_absent_point_is_inserted(client: QdrantClient, films: str) -> None:
    """ "Points that do not exist are inserted as usual" (documentation, Conditional updates)."""
    put(client, films, 5)
    assert stored(client, films) == {"fence": 5, "deleted": False}


def test_stale_write_loses(client: QdrantClient, films: str) -> None:
    put(client, films, 5)
    put(client, films, 4)
    put(client, films, 5, deleted=True)
    assert stored(client, films) == {"fence": 5, "deleted": False}
    put(client, films, 6)
    assert stored(client, films) == {"fence": 6, "deleted": False}


def test_tombstone_blocks_lower_fences(client: QdrantClient, films: str) -> None:
    put(client, films, 5)
    put(client, films, 8, deleted=True)
    put(client, films, 7)
    assert stored(client, films) == {"fence": 8, "deleted": True}
    put(client, films, 9)
    assert stored(client, films) == {"fence": 9, "deleted": False}


def test_plain_delete_lets_a_late_write_resurrect(client: QdrantClient, films: str) -> None:
    """Why deletes are tombstones here."""
    put(client, films, 5)
    client.delete(films, [1])
    put(client, films, 4)
    assert stored(client, films) == {"fence": 4, "deleted": False}


def test_each_point_of_a_batch_is_judged_alone(client: QdrantClient, films: str) -> None:
    put(client, films, 9)
    points = [models.PointStruct(id=key, vector=VECTOR, payload={"fence": 6}) for key in (1, 2)]
    client.upsert(films, points, update_filter=lower(6))
    assert stored(client, films, 1) == {"fence": 9, "deleted": False}
    assert stored(client, films, 2) == {"fence": 6}


def test_columns_take_the_guard_too(client: QdrantClient, films: str) -> None:
    put(client, films, 9)
    columns = models.Batch(ids=[1, 2], vectors=[VECTOR, VECTOR], payloads=[{"fence": 6}] * 2)
    client.upsert(films, columns, update_filter=lower(6))
    assert stored(client, films, 1) == {"fence": 9, "deleted": False}
    assert stored(client, films, 2) == {"fence": 6}


@pytest.mark.parametrize(
    ("mode", "there", "absent"),
    [
        (models.UpdateMode.UPSERT, {"by": "new"}, {"by": "new"}),
        (models.UpdateMode.INSERT_ONLY, {"by": "old"}, {"by": "new"}),
        (models.UpdateMode.UPDATE_ONLY, {"by": "new"}, None),
    ],
)
def test_update_mode(
    client: QdrantClient,
    films: str,
    mode: models.UpdateMode,
    there: dict[str, object],
    absent: dict[str, object] | None,
) -> None:
    client.upsert(films, [models.PointStruct(id=1, vector=VECTOR, payload={"by": "old"})])
    points = [models.PointStruct(id=key, vector=VECTOR, payload={"by": "new"}) for key in (1, 2)]
    client.upsert(films, points, update_mode=mode)
    assert stored(client, films, 1) == there
    assert stored(client, films, 2) == absent


def test_highest_fence_wins_among_threads(client: QdrantClient, films: str) -> None:
    """Check and write are one step: eight writers, one point, fences in any order."""

    def write(offset: int) -> None:
        for fence in range(40, 0, -1):
            put(client, films, fence * 8 + offset)
        for fence in range(1, 41):
            put(client, films, fence * 8 + offset)

    threads = [threading.Thread(target=write, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(client, films) == {"fence": 40 * 8 + 7, "deleted": False}


def test_conditional_vector_update(client: QdrantClient, films: str) -> None:
    put(client, films, 5)
    point = models.PointVectors(id=1, vector=[0.0, 1.0, 0.0, 0.0])
    client.update_vectors(films, [point], update_filter=lower(5))
    assert client.retrieve(films, [1], with_vectors=True)[0].vector == VECTOR
    client.update_vectors(films, [point], update_filter=lower(6))
    assert client.retrieve(films, [1], with_vectors=True)[0].vector == [0.0, 1.0, 0.0, 0.0]
