"""Point ids, vectors and the selection of what an answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from qdrant_edge import PayloadSelector

from .engine import build
from .errors import ApiError, FormatError, Unsupported, WrongInput
from .fields import Fields, sequence, text

PointId = int | UUID | str  # the engine's type; a string never leaves `point_id`
Dimensions = Mapping[str, int]
_NUMBERS = frozenset({int, float})
# First fields of a sparse vector and of what a server would embed by itself.
_NOT_DENSE = frozenset({"indices", "text", "image", "object"})


def point_id(value: Any, where: str) -> PointId:
    """An unsigned 64-bit integer or a UUID; FormatError in the server's words otherwise."""
    if type(value) is int and 0 <= value < 2**64:
        return value
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise FormatError(
        f"value {value} is not a valid point ID, valid values are "
        "either an unsigned integer or a UUID"
    )


point_ids = sequence(point_id)


def is_point_id(value: Any) -> bool:
    """Whether a query value names a point (a string that is no UUID is refused later)."""
    return isinstance(value, str) or type(value) is int


def dense(value: Any, where: str) -> list[float]:
    """A dense vector: a list of numbers, not empty."""
    if isinstance(value, dict):
        raise Unsupported(f"sparse vectors and inference objects in `{where}`")
    if not isinstance(value, list) or not value:
        raise FormatError(f"{where}: expected a vector, a list of numbers")
    if not set(map(type, value)) <= _NUMBERS:
        if isinstance(value[0], list):
            raise Unsupported(f"multivectors in `{where}`")
        raise FormatError(f"{where}: a vector holds numbers only")
    return value


def point_vectors(value: Any, where: str, dimensions: Dimensions) -> dict[str, list[float]]:
    """The vectors of one point by name, of the right size; WrongInput where they do not fit.

    The engine stores the points before a bad one and then fails, so nothing unfit may reach it.
    """
    named = value if isinstance(value, dict) else {"": value}
    for name, vector in named.items():
        size = dimensions.get(name)
        if size is None:
            raise _unknown_vector(name, where)
        if len(dense(vector, where)) != size:
            raise WrongInput(f"Vector dimension error: expected dim: {size}, got {len(vector)}")
    return named


def _unknown_vector(name: str, where: str) -> ApiError:
    if name in _NOT_DENSE:
        return Unsupported(f"sparse vectors and inference objects in `{where}`")
    return WrongInput(f"Not existing vector name error: {name}")


def with_payload(value: Any, where: str) -> Any:
    """Which payload an answer carries: true, false, a list of keys, or include / exclude."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return build(PayloadSelector.Include, sequence(text)(value, where))
    with Fields(value, where) as body:
        if "exclude" in body:
            return build(PayloadSelector.Exclude, body.required("exclude", sequence(text)))
        return build(PayloadSelector.Include, body.required("include", sequence(text)))


def with_vector(value: Any, where: str) -> bool | list[str]:
    """Which vectors an answer carries: true, false or a list of names."""
    return value if isinstance(value, bool) else sequence(text)(value, where)
