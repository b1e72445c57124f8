"""Qdrant's JSON filters as the engine's typed ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import qdrant_edge as edge

from .engine import build
from .errors import FormatError
from .fields import (
    Fields,
    boolean,
    natural,
    number,
    one_or_many,
    sequence,
    text,
)
from .values import PointId, point_ids

_MATCHES: dict[str, Any] = {
    "text": edge.MatchText,
    "text_any": edge.MatchTextAny,
    "phrase": edge.MatchPhrase,
    "prefix": edge.MatchPrefix,
    "substring": edge.MatchSubstring,
}
_BOUNDS = ("lt", "gt", "lte", "gte")


def read_filter(value: Any, where: str) -> edge.Filter:
    """A filter with any of must, should, must_not and min_should."""
    with Fields(value, where) as body:
        return edge.Filter(
            must=body.optional("must", one_or_many(condition), None),
            should=body.optional("should", one_or_many(condition), None),
            must_not=body.optional("must_not", one_or_many(condition), None),
            min_should=body.optional("min_should", _min_should, None),
        )


def without_points(given: edge.Filter | None, ids: set[PointId]) -> edge.Filter | None:
    """Return the filter that also leaves these points out."""
    if not ids:
        return given
    has_id: Any = edge.HasIdCondition(set(ids))
    return edge.Filter(must=[given] if given else None, must_not=[has_id])


def condition(value: Any, where: str) -> Any:
    """One condition of any kind the engine has, or a filter inside a filter."""
    if isinstance(value, dict):
        for name, read in _CONDITIONS.items():
            if value.get(name) is not None:
                with Fields(value, where) as body:
                    return read(body)
    return read_filter(value, where)


def _field(body: Fields) -> edge.FieldCondition:
    body.refuse("geo_bounding_box", "geo_radius", "geo_polygon")
    parts: dict[str, Any] = {
        "match": body.optional("match", _match, None),
        "range": body.optional("range", _range, None),
        "values_count": body.optional("values_count", _values_count, None),
        "is_empty": body.optional("is_empty", boolean, None),
        "is_null": body.optional("is_null", boolean, None),
    }
    key = body.required("key", text)
    if all(part is None for part in parts.values()):
        raise FormatError("At least one field condition must be specified")
    return build(edge.FieldCondition, key, **parts)


def _match(value: Any, where: str) -> Any:
    with Fields(value, where) as body:
        if "value" in body:
            return body.required("value", _match_value)
        if "any" in body:
            return build(edge.MatchAny, body.required("any", _values))
        if "except" in body:
            return build(edge.MatchExcept, body.required("except", _values))
        for name, maker in _MATCHES.items():
            if name in body:
                return build(maker, body.required(name, text))
    raise FormatError(f"{where}: data did not match any variant of Match")


def _match_value(value: Any, where: str) -> edge.MatchValue:
    # The engine reads a Python bool as the integer 0 or 1, which matches no boolean payload;
    # numpy's bool is the one boolean that it reads as such.
    given: Any = np.bool_(value) if isinstance(value, bool) else value
    if not isinstance(value, str | int):
        raise FormatError(f"{where}: expected a string, an integer or a boolean")
    return build(edge.MatchValue, given)


def _values(value: Any, where: str) -> Any:
    values = sequence(lambda item, _: item)(value, where)
    if {type(item) for item in values} not in ({str}, {int}, set()):
        raise FormatError(f"{where}: expected strings only or integers only")
    return values


def _range(value: Any, where: str) -> edge.RangeFloat | edge.RangeDateTime:
    with Fields(value, where) as body:
        if any(isinstance(value.get(name), str) for name in _BOUNDS):
            dates = {name: body.optional(name, text, None) for name in _BOUNDS}
            return build(edge.RangeDateTime, **dates)
        return edge.RangeFloat(**{name: body.optional(name, number, None) for name in _BOUNDS})


def _values_count(value: Any, where: str) -> edge.ValuesCount:
    with Fields(value, where) as body:
        return edge.ValuesCount(**{name: body.optional(name, natural, None) for name in _BOUNDS})


def _min_should(value: Any, where: str) -> edge.MinShould:
    with Fields(value, where) as body:
        conditions = body.required("conditions", sequence(condition))
        return edge.MinShould(conditions, body.required("min_count", natural))


def _nested(value: Any, where: str) -> edge.NestedCondition:
    with Fields(value, where) as body:
        key = body.required("key", text)
        return build(edge.NestedCondition, key, body.required("filter", read_filter))


def _key(value: Any, where: str) -> str:
    with Fields(value, where) as body:
        return body.required("key", text)


_CONDITIONS: dict[str, Callable[[Fields], Any]] = {
    "key": _field,
    "has_id": lambda body: edge.HasIdCondition(set(body.required("has_id", point_ids))),
    "has_vector": lambda body: edge.HasVectorCondition(body.required("has_vector", text)),
    "is_empty": lambda body: build(edge.IsEmptyCondition, body.required("is_empty", _key)),
    "is_null": lambda body: build(edge.IsNullCondition, body.required("is_null", _key)),
    "nested": lambda body: body.required("nested", _nested),
}
