"""The engine's results in the shape of the server's answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import qdrant_edge as edge


def scored(points: Iterable[edge.ScoredPoint], vectors: bool) -> list[dict[str, Any]]:
    """Return scored points; `vectors` says whether vectors were asked for.

    The engine hands out vectors after MMR whether or not they were asked for.
    """
    return [
        {"id": point.id, "version": point.version, "score": point.score, **_rest(point, vectors)}
        for point in points
    ]


def records(points: Iterable[edge.Record], vectors: bool = True) -> list[dict[str, Any]]:
    """Return points without scores."""
    return [{"id": point.id, **_rest(point, vectors)} for point in points]


def _rest(point: edge.ScoredPoint | edge.Record, vectors: bool) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    if point.payload is not None:
        rest["payload"] = point.payload
    if vectors and point.vector is not None:
        rest["vector"] = point.vector
    if point.order_value is not None:
        rest["order_value"] = point.order_value
    return rest


def updated(number: int) -> dict[str, Any]:
    """Return the answer to a write that is applied."""
    return {"operation_id": number, "status": "completed"}
