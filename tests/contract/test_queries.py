"""Queries: how points are scored, joined, cut and dressed."""

from collections.abc import Callable

import httpx
import pytest
from qdrant_client import QdrantClient, models

VECTORS = {
    1: [1.0, 0.0, 0.0, 0.0],
    2: [0.9, 0.1, 0.0, 0.0],
    3: [0.5, 0.5, 0.0, 0.0],
    4: [0.0, 1.0, 0.0, 0.0],
    5: [0.0, 0.0, 1.0, 0.0],
}


@pytest.fixture
def five(client: QdrantClient, films: str) -> str:
    """Five films from the x axis to the y axis, and one apart."""
    client.upsert(
        films,
        [
            models.PointStruct(
                id=key, vector=vector, payload={"year": 1990 + key, "deleted": key == 2}
            )
            for key, vector in VECTORS.items()
        ],
    )
    return films


def ids(response: models.QueryResponse) -> list[int | str]:
    return [point.id for point in response.points]


def test_nearest_by_vector(client: QdrantClient, five: str) -> None:
    response = client.query_points(five, query=[1.0, 0.0, 0.0, 0.0], limit=3)
    assert ids(response) == [1, 2, 3]
    assert response.points[0].score == pytest.approx(1.0)
    assert response.points[0].payload == {"year": 1991, "deleted": False}
    assert response.points[0].vector is None


def test_nearest_by_id_leaves_the_point_out(client: QdrantClient, five: str) -> None:
    assert ids(client.query_points(five, query=1, limit=2)) == [2, 3]


def test_unknown_id_is_404(http: httpx.Client, five: str) -> None:
    answer = http.post(f"/collections/{five}/points/query", json={"query": 99})
    assert answer.status_code == 404
    assert answer.json()["status"]["error"] == "Not found: No point with id 99 found"


def test_offset_and_threshold(client: QdrantClient, five: str) -> None:
    query = VECTORS[1]
    assert ids(client.query_points(five, query=query, limit=2, offset=1)) == [2, 3]
    assert ids(client.query_points(five, query=query, score_threshold=0.9)) == [1, 2]


def test_filter_and_selection(client: QdrantClient, five: str) -> None:
    alive = models.Filter(
        must=[models.FieldCondition(key="deleted", match=models.MatchValue(value=False))]
    )
    response = client.query_points(
        five, query=VECTORS[1], query_filter=alive, with_payload=["year"], with_vectors=True
    )
    assert ids(response)[:2] == [1, 3]
    assert response.points[0].payload == {"year": 1991}
    assert response.points[0].vector == VECTORS[1]


@pytest.mark.parametrize("strategy", list(models.RecommendStrategy))
def test_recommend_by_ids(
    client: QdrantClient, five: str, strategy: models.RecommendStrategy
) -> None:
    """Examples are never in the answer."""
    likes = models.RecommendInput(positive=[1], negative=[5], strategy=strategy)
    response = client.query_points(five, query=models.RecommendQuery(recommend=likes))
    assert ids(response) == [2, 3, 4]


def test_average_vector_is_the_documented_formula(client: QdrantClient, five: str) -> None:
    """avg + avg - negatives' avg (documentation, Recommendation API)."""
    likes = models.RecommendInput(positive=[1, 4], negative=[5])
    by_ids = client.query_points(five, query=models.RecommendQuery(recommend=likes)).points
    by_hand = client.query_points(five, query=[1.0, 1.0, -1.0, 0.0]).points
    scores = {point.id: point.score for point in by_hand}
    assert {point.id for point in by_ids} == {2, 3}
    for point in by_ids:
        assert point.score == pytest.approx(scores[point.id], abs=1e-5)


def test_recommend_needs_an_example(http: httpx.Client, five: str) -> None:
    answer = http.post(
        f"/collections/{five}/points/query", json={"query": {"recommend": {"positive": []}}}
    )
    assert answer.status_code == 400


def test_discover_and_context(client: QdrantClient, five: str) -> None:
    pair = models.ContextPair(positive=1, negative=4)
    target = models.DiscoverInput(target=3, context=[pair])
    found = client.query_points(five, query=models.DiscoverQuery(discover=target))
    assert set(ids(found)) == {2, 5}
    assert ids(found)[0] == 2
    context = client.query_points(five, query=models.ContextQuery(context=[pair]))
    assert set(ids(context)) == {2, 3, 5}


def test_order_by(client: QdrantClient, five: str) -> None:
    newest = models.OrderByQuery(
        order_by=models.OrderBy(key="year", direction=models.Direction.DESC)
    )
    assert ids(client.query_points(five, query=newest, limit=2)) == [5, 4]


def test_sample(client: QdrantClient, five: str) -> None:
    sample = models.SampleQuery(sample=models.Sample.RANDOM)
    assert len(set(ids(client.query_points(five, query=sample, limit=3)))) == 3


def test_diverse_results(client: QdrantClient, five: str) -> None:
    """MMR (since 1.15): full diversity takes what is least like the first."""
    diverse = models.NearestQuery(
        nearest=VECTORS[1], mmr=models.Mmr(diversity=1.0, candidates_limit=5)
    )
    response = client.query_points(five, query=diverse, limit=2)
    assert ids(response)[0] == 1
    assert ids(response)[1] in {4, 5}
    assert response.points[0].vector is None


def test_rank_fusion_of_two_lists(client: QdrantClient, five: str) -> None:
    """RRF with k = 2: rank r (from 0) counts 1 / (r + 2)."""
    prefetch = [
        models.Prefetch(query=VECTORS[1], limit=2),
        models.Prefetch(query=VECTORS[4], limit=2),
    ]
    fusion = models.FusionQuery(fusion=models.Fusion.RRF)
    found = client.query_points(five, prefetch=prefetch, query=fusion).points
    scores = {point.id: point.score for point in found}
    assert set(scores) == {1, 2, 3, 4}
    assert scores[1] == scores[4] == pytest.approx(1 / 2)
    assert scores[2] == scores[3] == pytest.approx(1 / 3)


def test_weighted_and_distribution_fusion(client: QdrantClient, five: str) -> None:
    prefetch = [
        models.Prefetch(query=VECTORS[1], limit=2),
        models.Prefetch(query=VECTORS[4], limit=2),
    ]
    weighted = models.RrfQuery(rrf=models.Rrf(k=2, weights=[3.0, 1.0]))
    assert ids(client.query_points(five, prefetch=prefetch, query=weighted))[0] == 1
    spread = models.FusionQuery(fusion=models.Fusion.DBSF)
    assert len(client.query_points(five, prefetch=prefetch, query=spread).points) == 4


def test_prefetch_filters_and_nests(client: QdrantClient, five: str) -> None:
    recent = models.Filter(must=[models.FieldCondition(key="year", range=models.Range(gte=1993))])
    inner = models.Prefetch(query=VECTORS[4], limit=4, filter=recent)
    outer = models.Prefetch(prefetch=[inner], query=VECTORS[1], limit=2)
    fusion = models.FusionQuery(fusion=models.Fusion.RRF)
    found = client.query_points(five, prefetch=[outer], query=fusion)
    assert ids(found)[0] == 3
    assert len(found.points) == 2


def test_prefetch_by_id_leaves_the_point_out(client: QdrantClient, five: str) -> None:
    fusion = models.FusionQuery(fusion=models.Fusion.RRF)
    prefetch = [models.Prefetch(query=1, limit=2), models.Prefetch(query=1, limit=2)]
    assert set(ids(client.query_points(five, prefetch=prefetch, query=fusion))) == {2, 3}


def test_formula(client: QdrantClient, five: str) -> None:
    """Score boosting (since 1.14): similarity plus half the year's distance from 1991."""
    years = models.SumExpression(sum=["year", -1991.0])
    half = models.MultExpression(mult=[0.5, years])
    query = models.FormulaQuery(formula=models.SumExpression(sum=["$score", half]))
    prefetch = models.Prefetch(query=VECTORS[1], limit=5)
    found = client.query_points(five, prefetch=prefetch, query=query)
    assert ids(found) == [5, 3, 4, 2, 1]
    assert found.points[0].score == pytest.approx(2.0)


def test_several_queries_in_one_request(client: QdrantClient, five: str) -> None:
    requests = [
        models.QueryRequest(query=VECTORS[1], limit=1),
        models.QueryRequest(query=4, limit=1, with_payload=True),
        models.QueryRequest(limit=2),
    ]
    first, second, third = client.query_batch_points(five, requests)
    assert (ids(first), ids(second), ids(third)) == ([1], [3], [1, 2])
    assert second.points[0].payload == {"year": 1993, "deleted": False}


def test_search_parameters(client: QdrantClient, five: str) -> None:
    params = models.SearchParams(
        hnsw_ef=64,
        exact=True,
        indexed_only=False,
        quantization=models.QuantizationSearchParams(ignore=True, rescore=False, oversampling=2.0),
        acorn=models.AcornSearchParams(enable=True, max_selectivity=0.4),
    )
    assert ids(client.query_points(five, query=VECTORS[1], search_params=params))[0] == 1


@pytest.mark.parametrize(
    ("distance", "order", "score"),
    [
        (models.Distance.DOT, [3, 2, 1], 6.0),
        (models.Distance.EUCLID, [1, 2, 3], 0.0),
        (models.Distance.MANHATTAN, [1, 2, 3], 0.0),
    ],
)
def test_other_distances(
    client: QdrantClient,
    new_name: Callable[[], str],
    distance: models.Distance,
    order: list[int],
    score: float,
) -> None:
    name = new_name()
    params = models.VectorParams(size=2, distance=distance)
    client.create_collection(name, vectors_config=params)
    rows = {1: [1.0, 1.0], 2: [2.0, 2.0], 3: [3.0, 3.0]}
    client.upsert(
        name, [models.PointStruct(id=key, vector=row, payload={}) for key, row in rows.items()]
    )
    found = client.query_points(name, query=[1.0, 1.0])
    assert ids(found) == order
    assert found.points[0].score == pytest.approx(score)
