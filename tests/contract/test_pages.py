"""Scrolling, counting, facets."""

import httpx
import pytest
from qdrant_client import QdrantClient, models

COUNT = 250
GENRES = ("crime", "drama", "western")


@pytest.fixture
def many(client: QdrantClient, films: str) -> str:
    """250 films, ids 0, 3, 6 …"""
    points = [
        models.PointStruct(
            id=number * 3,
            vector=[1.0, number / COUNT, 0.0, 0.0],
            payload={"year": 1900 + number // 2, "genre": GENRES[number % 3]},
        )
        for number in range(COUNT)
    ]
    client.upsert(films, points)
    return films


def pages(client: QdrantClient, name: str, **options: object) -> list[list[int | str]]:
    found, offset = [], None
    while True:
        points, offset = client.scroll(name, limit=37, offset=offset, **options)  # type: ignore[arg-type]
        found.append([point.id for point in points])
        if offset is None:
            return found


def test_pages_are_complete_and_ordered(client: QdrantClient, many: str) -> None:
    found = pages(client, many)
    assert [len(page) for page in found[:-1]] == [37] * (len(found) - 1)
    assert [number for page in found for number in page] == [n * 3 for n in range(COUNT)]


def test_pages_are_stable_under_writes(client: QdrantClient, many: str) -> None:
    first, offset = client.scroll(many, limit=100)
    client.delete(many, [first[0].id, first[50].id])
    client.upsert(many, [models.PointStruct(id=1, vector=[1, 0, 0, 0], payload={})])
    rest, _ = client.scroll(many, limit=1000, offset=offset)
    assert [point.id for point in rest] == [n * 3 for n in range(100, COUNT)]


def test_filtered_pages(client: QdrantClient, many: str) -> None:
    drama = models.Filter(
        must=[models.FieldCondition(key="genre", match=models.MatchValue(value="drama"))]
    )
    found = [number for page in pages(client, many, scroll_filter=drama) for number in page]
    assert found == [n * 3 for n in range(COUNT) if n % 3 == 1]


def test_ordered_by_a_key(client: QdrantClient, many: str) -> None:
    newest = models.OrderBy(key="year", direction=models.Direction.DESC, start_from=1950)
    points, offset = client.scroll(many, order_by=newest, limit=4)
    assert [(point.payload or {})["year"] for point in points] == [1950, 1950, 1949, 1949]
    assert offset is None


def test_order_needs_an_index(http: httpx.Client, many: str) -> None:
    answer = http.post(f"/collections/{many}/points/scroll", json={"order_by": "unindexed"})
    assert answer.status_code == 400
    assert "No range index for `order_by` key" in answer.json()["status"]["error"]


def test_order_takes_no_offset(http: httpx.Client, many: str) -> None:
    body = {"order_by": "year", "offset": 3}
    assert http.post(f"/collections/{many}/points/scroll", json=body).status_code == 400


def test_count(client: QdrantClient, many: str) -> None:
    old = models.Filter(must=[models.FieldCondition(key="year", range=models.Range(lt=1910))])
    assert client.count(many, exact=True).count == COUNT
    assert client.count(many, count_filter=old, exact=True).count == 20
    assert client.count(many, exact=False).count > 0


def test_facet(client: QdrantClient, many: str) -> None:
    hits = client.facet(many, "genre", exact=True).hits
    assert {hit.value: hit.count for hit in hits} == {"crime": 84, "drama": 83, "western": 83}
    old = models.Filter(must=[models.FieldCondition(key="year", range=models.Range(lt=1901))])
    few = client.facet(many, "genre", facet_filter=old, exact=True, limit=1).hits
    assert [hit.count for hit in few] == [1]


def test_facet_needs_an_index(http: httpx.Client, many: str) -> None:
    answer = http.post(f"/collections/{many}/facet", json={"key": "unindexed"})
    assert answer.status_code == 400
    assert "No appropriate index for faceting" in answer.json()["status"]["error"]
