"""Questions to one collection, as Qdrant takes them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from qdrant_client import QdrantClient, models

from apps.vectors import client
from apps.vectors.errors import VectorsRefused
from apps.vectors.filters import film_conditions
from apps.vectors.points import EF, FilmQuery, Hit, Vector
from apps.vectors.writes import COLLABORATIVE, CONTENT

PAGE = 1000

RESCORED = {"rescore": True, "oversampling": 2.0}
"""Twice as many as are wanted are compared again by their whole vectors: without it recall@10 is
0.976, with it 0.992. Collections without quantization ignore it."""


def search(films: str, queries: Sequence[FilmQuery]) -> list[list[Hit]]:
    """What each query finds. Qdrant refuses ids it does not know: then once more without them."""
    try:
        return _search(films, queries)
    except VectorsRefused:
        ids = {i for query in queries for i in (*query.positive_ids, *query.negative_ids)}
        if not ids:
            raise
        known = vectors(films, sorted(ids)).keys()
        return _search(films, [_among(query, known) for query in queries])


def vectors(films: str, movie_ids: Sequence[int]) -> dict[int, Vector]:
    """The vectors of those of these films that have one; a tombstone has none."""
    found: dict[int, Vector] = {}
    for start in range(0, len(movie_ids), PAGE):
        ids = movie_ids[start : start + PAGE]
        wanted = {"ids": ids, "with_payload": False, "with_vector": [CONTENT]}
        with client.translated():
            records = client.ask(films, "points", wanted)
        for record in records:
            vector = _vector(record.get("vector"))
            if vector is not None:
                found[record["id"]] = vector
    return found


def neighbours(
    qdrant: QdrantClient, tastes: str, user_id: int, limit: int
) -> list[tuple[int, float]]:
    """Whose taste is nearest to this member's; PointMissing when they have none."""
    found = qdrant.query_points(
        tastes,
        query=user_id,
        using=CONTENT,
        search_params=models.SearchParams.model_validate(params(max(EF, limit))),
        limit=limit,
        with_payload=False,
    )
    return [(int(point.id), point.score) for point in found.points]


def params(ef: int) -> dict[str, Any]:
    """How Qdrant is to search, in its own words."""
    return {"hnsw_ef": ef, "quantization": RESCORED}


def _search(films: str, queries: Sequence[FilmQuery]) -> list[list[Hit]]:
    asked = [place for place, query in enumerate(queries) if query.asks]
    answers: list[list[Hit]] = [[] for _ in queries]
    if not asked:
        return answers
    body = {"searches": _requests([queries[place] for place in asked])}
    with client.translated():
        told = client.ask(films, "points/query/batch", body)
    for place, found in zip(asked, told, strict=True):
        answers[place] = [
            Hit(point["id"], point["score"], _vector(point.get("vector")))
            for point in found["points"]
        ]
    return answers


def _requests(queries: Sequence[FilmQuery]) -> list[dict[str, Any]]:
    """Every query as Qdrant takes it; a filter that several share is written once."""
    filters = {wanted: film_conditions(wanted) for wanted in {query.filters for query in queries}}
    return [_request(query, filters[query.filters]) for query in queries]


def _request(query: FilmQuery, conditions: dict[str, Any]) -> dict[str, Any]:
    return {
        "query": _question(query),
        "using": CONTENT if query.training is None else COLLABORATIVE,
        "filter": conditions,
        "params": params(max(query.ef, query.limit)),
        "limit": query.limit,
        "with_payload": False,
        "with_vector": [CONTENT] if query.with_vectors else False,
    }


def _question(query: FilmQuery) -> dict[str, Any]:
    own = [] if query.vector is None else [query.vector.tolist()]
    if own and not query.positive_ids and not query.negative_ids:
        return {"nearest": own[0]}
    examples = {
        "positive": [*query.positive_ids, *own],
        "negative": list(query.negative_ids),
        "strategy": "average_vector",
    }
    return {"recommend": examples}


def _among(query: FilmQuery, known: Iterable[int]) -> FilmQuery:
    there = set(known)
    return replace(
        query,
        positive_ids=[i for i in query.positive_ids if i in there],
        negative_ids=[i for i in query.negative_ids if i in there],
    )


def _vector(stored: Any) -> Vector | None:
    values = stored.get(CONTENT) if isinstance(stored, dict) else None
    return None if values is None else np.asarray(values, dtype=np.float32)
