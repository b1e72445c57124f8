"""The bodies of the reading endpoints as the engine's typed requests."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from .errors import BadRequest
from .fields import Fields, boolean, natural, number, one_or_many, positive, text
from .filters import read_filter, without_points
from .scoring import Examples, read_order_by, read_query
from .values import PointId, point_id, point_ids, with_payload, with_vector

# Qdrant's fields that a single node without shard keys cannot serve.
ELSEWHERE = ("shard_key", "lookup_from")


def query_request(value: Any, where: str, shard: edge.EdgeShard) -> edge.QueryRequest:
    """The body of `points/query`, its ids resolved against the shard."""
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        limit = body.optional("limit", positive, 10)
        return edge.QueryRequest(
            limit=limit,
            offset=body.optional("offset", natural, 0),
            with_vector=body.optional("with_vector", with_vector, False),
            with_payload=body.optional("with_payload", with_payload, False),
            **_stage(body, where, shard, limit),
        )


def _prefetch(value: Any, where: str, shard: edge.EdgeShard) -> edge.Prefetch:
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        limit = body.optional("limit", positive, 10)
        return edge.Prefetch(limit=limit, **_stage(body, where, shard, limit))


def _stage(body: Fields, where: str, shard: edge.EdgeShard, limit: int) -> dict[str, Any]:
    """Take what a query and a prefetch have in common."""
    examples = Examples(shard, body.optional("using", text, ""))
    query = body.optional("query", lambda value, at: read_query(value, at, examples, limit), None)
    given = body.optional("filter", read_filter, None)
    prefetches = body.optional(
        "prefetch", one_or_many(lambda value, at: _prefetch(value, at, shard)), None
    )
    if prefetches and query is None:
        raise BadRequest("A query is needed to merge the prefetches")
    return {
        "query": query,
        "filter": without_points(given, examples.named),
        "prefetches": prefetches,
        "params": body.optional("params", search_params, None),
        "score_threshold": body.optional("score_threshold", number, None),
    }


def search_params(value: Any, where: str) -> edge.SearchParams:
    """How a search is done: ef, exactness, quantization, indexed segments only, ACORN."""
    with Fields(value, where) as body:
        return edge.SearchParams(
            hnsw_ef=body.optional("hnsw_ef", natural, None),
            exact=body.optional("exact", boolean, False),
            quantization=body.optional("quantization", _quantization, None),
            indexed_only=body.optional("indexed_only", boolean, False),
            acorn=body.optional("acorn", _acorn, None),
        )


def _quantization(value: Any, where: str) -> edge.QuantizationSearchParams:
    with Fields(value, where) as body:
        return edge.QuantizationSearchParams(
            ignore=body.optional("ignore", boolean, False),
            rescore=body.optional("rescore", boolean, None),
            oversampling=body.optional("oversampling", number, None),
        )


def _acorn(value: Any, where: str) -> edge.AcornSearchParams:
    with Fields(value, where) as body:
        return edge.AcornSearchParams(
            enable=body.optional("enable", boolean, False),
            max_selectivity=body.optional("max_selectivity", number, None),
        )


def scroll_request(value: Any, where: str) -> tuple[edge.ScrollRequest, bool]:
    """The body of `points/scroll`, and whether it is ordered by a payload key."""
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        order_by = body.optional("order_by", read_order_by, None)
        offset = body.optional("offset", point_id, None)
        if order_by is not None and offset is not None:
            raise BadRequest(
                "Cannot use an `offset` when using `order_by`. The alternative for paging is to "
                "use `order_by.start_from` and a filter to exclude the IDs that you've already "
                "seen for the `order_by.start_from` value"
            )
        request = edge.ScrollRequest(
            offset=offset,
            limit=body.optional("limit", positive, 10),
            filter=body.optional("filter", read_filter, None),
            with_payload=body.optional("with_payload", with_payload, True),
            with_vector=body.optional("with_vector", with_vector, False),
            order_by=order_by,
        )
        return request, order_by is not None


def count_request(value: Any, where: str) -> edge.CountRequest:
    """The body of `points/count`; exact where nothing else is asked for."""
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        exact = body.optional("exact", boolean, True)
        return edge.CountRequest(exact, body.optional("filter", read_filter, None))


def facet_request(value: Any, where: str) -> edge.FacetRequest:
    """The body of `facet`: a key with an index for matches, a limit, a filter."""
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        key = body.required("key", text)
        limit = body.optional("limit", positive, 10)
        exact = body.optional("exact", boolean, False)
        return edge.FacetRequest(key, limit, exact, body.optional("filter", read_filter, None))


def retrieve_request(value: Any, where: str) -> tuple[list[PointId], Any, bool | list[str]]:
    """The body of `POST points`: ids, payload and vector selection."""
    with Fields(value, where) as body:
        body.refuse(*ELSEWHERE)
        ids = body.required("ids", point_ids)
        payload = body.optional("with_payload", with_payload, True)
        return ids, payload, body.optional("with_vector", with_vector, False)
