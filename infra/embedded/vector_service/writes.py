"""The bodies of the writing endpoints as the engine's update operations.

The engine applies a batch point by point and stops at the first that does not fit; so every point
is checked against the collection here, before the engine sees any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qdrant_edge import Point, PointVectors, UpdateMode, UpdateOperation

from .engine import build
from .errors import FormatError, Unsupported, WrongInput
from .fields import Fields, anything, choice, mapping, sequence, text
from .filters import read_filter
from .values import Dimensions, point_id, point_ids, point_vectors

Reader = Callable[[Any, str, Dimensions], UpdateOperation]
_MODES = {
    "upsert": UpdateMode.Upsert,
    "insert_only": UpdateMode.InsertOnly,
    "update_only": UpdateMode.UpdateOnly,
}
_POINT = frozenset({"id", "vector", "payload"})


def upsert(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """Points as a list or as a batch of columns, with `update_filter` and `update_mode`."""
    with Fields(value, where) as body:
        body.refuse("shard_key")
        if "batch" in body:
            rows = body.required("batch", _columns)
        else:
            rows = body.required("points", _points)
        points = [_point(row, where, dimensions) for row in rows]
        condition = body.optional("update_filter", read_filter, None)
        mode = body.optional("update_mode", choice(_MODES), None)
        return UpdateOperation.upsert_points(points, condition, mode)


def _points(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise FormatError(f"{where}: expected a list of points")
    if not value:
        raise WrongInput("Empty update request")
    return value


def _point(row: Any, where: str, dimensions: Dimensions) -> Point:
    if not isinstance(row, dict) or "id" not in row or "vector" not in row:
        raise FormatError(f"{where}: a point has the fields `id` and `vector`")
    if not row.keys() <= _POINT:
        raise Unsupported(f"unknown field of a point: {sorted(row.keys() - _POINT)}")
    payload = row.get("payload")
    return build(
        Point,
        point_id(row["id"], where),
        _engine_vectors(row["vector"], where, dimensions),
        None if payload is None else mapping(payload, where),
    )


def _engine_vectors(value: Any, where: str, dimensions: Dimensions) -> Any:
    named = point_vectors(value, where, dimensions)
    return named[""] if list(named) == [""] else named


def _columns(value: Any, where: str) -> list[dict[str, Any]]:
    """Turn the columns of a batch into rows; FormatError where their lengths differ."""
    with Fields(value, where) as body:
        ids = body.required("ids", sequence(anything))
        vectors = _vector_rows(body.required("vectors", anything), len(ids), where)
        payloads = body.optional("payloads", sequence(anything), [None] * len(ids))
    if not len(ids) == len(vectors) == len(payloads):
        raise FormatError(f"{where}: number of ids, vectors and payloads must be equal")
    columns = zip(ids, vectors, payloads, strict=True)
    return [{"id": key, "vector": vector, "payload": extra} for key, vector, extra in columns]


def _vector_rows(value: Any, count: int, where: str) -> list[Any]:
    if not isinstance(value, dict):
        return sequence(anything)(value, where)
    if any(len(column) != count for column in value.values()):
        raise FormatError(f"{where}: number of ids and vectors must be equal")
    return [{name: column[row] for name, column in value.items()} for row in range(count)]


def delete(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """Points by ids or by filter."""
    with Fields(value, where) as body:
        return _targeted(
            body, UpdateOperation.delete_points, UpdateOperation.delete_points_by_filter
        )


def clear_payload(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """The whole payload of points by ids or by filter."""
    with Fields(value, where) as body:
        return _targeted(
            body, UpdateOperation.clear_payload, UpdateOperation.clear_payload_by_filter
        )


def set_payload(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """Payload keys to set, beside those that are there."""
    with Fields(value, where) as body:
        return _targeted(
            body,
            UpdateOperation.set_payload,
            UpdateOperation.set_payload_by_filter,
            body.required("payload", mapping),
            body.optional("key", text, None),
        )


def overwrite_payload(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """A payload in place of the one that is there."""
    with Fields(value, where) as body:
        return _targeted(
            body,
            UpdateOperation.overwrite_payload,
            UpdateOperation.overwrite_payload_by_filter,
            body.required("payload", mapping),
            body.optional("key", text, None),
        )


def delete_payload(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """Payload keys to remove."""
    with Fields(value, where) as body:
        return _targeted(
            body,
            UpdateOperation.delete_payload,
            UpdateOperation.delete_payload_by_filter,
            body.required("keys", sequence(text)),
        )


def delete_vectors(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """Named vectors to remove from points that stay."""
    with Fields(value, where) as body:
        names = body.required("vector", sequence(text))
        for name in names:
            if name not in dimensions:
                raise WrongInput(f"Not existing vector name error: {name}")
        return _targeted(
            body, UpdateOperation.delete_vectors, UpdateOperation.delete_vectors_by_filter, names
        )


def update_vectors(value: Any, where: str, dimensions: Dimensions) -> UpdateOperation:
    """New vectors for points that are there; their payload and other vectors stay."""

    def read(row: Any, at: str) -> PointVectors:
        with Fields(row, at) as point:
            key = point.required("id", point_id)
            given = point.required("vector", anything)
            return build(PointVectors, key, _engine_vectors(given, at, dimensions))

    with Fields(value, where) as body:
        body.refuse("shard_key")
        points = body.required("points", sequence(read))
        return UpdateOperation.update_vectors(
            points, body.optional("update_filter", read_filter, None)
        )


def _targeted(
    body: Fields,
    by_ids: Callable[..., UpdateOperation],
    by_filter: Callable[..., UpdateOperation],
    *more: Any,
) -> UpdateOperation:
    """Take `points` or `filter`, the server's two ways to say which points."""
    body.refuse("shard_key")
    if "points" in body:
        target = body.required("points", point_ids)
        if "filter" not in body:
            return build(by_ids, target, *more)
        raise Unsupported("`points` and `filter` in one operation")
    if "filter" not in body:
        raise FormatError("Either list of point ids or filter must be provided")
    return build(by_filter, body.required("filter", read_filter), *more)


OPERATIONS: dict[str, Reader] = {
    "upsert": upsert,
    "delete": delete,
    "set_payload": set_payload,
    "overwrite_payload": overwrite_payload,
    "delete_payload": delete_payload,
    "clear_payload": clear_payload,
    "update_vectors": update_vectors,
    "delete_vectors": delete_vectors,
}


def batch(value: Any, where: str, dimensions: Dimensions) -> list[UpdateOperation]:
    """The operations of `points/batch` in their order."""

    def read(item: Any, at: str) -> UpdateOperation:
        with Fields(item, at) as body:
            for name, reader in OPERATIONS.items():
                if name in body:
                    return reader(body.required(name, anything), at, dimensions)
        raise FormatError(f"{at}: data did not match any variant of UpdateOperation")

    with Fields(value, where) as body:
        return body.required("operations", sequence(read))
