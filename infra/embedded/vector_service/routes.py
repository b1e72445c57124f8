"""The list of endpoints: method and path, handler, query parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from . import handlers, writes
from .errors import BadRequest, Unsupported
from .handlers import Call, writer


@dataclass(frozen=True)
class Endpoint:
    """A handler, and whether it changes anything or may take long: then it gets a thread."""

    handle: Callable[[Call], Any]
    params: frozenset[str]
    threaded: bool


@dataclass(frozen=True)
class Match:
    """An endpoint with the varying parts of the path, and the caller's time limit in seconds."""

    endpoint: Endpoint
    name: str
    item: str
    timeout: int | None


def _read(handle: Callable[[Call], Any]) -> Endpoint:
    return Endpoint(handle, frozenset({"timeout", "consistency"}), threaded=False)


def _write(handle: Callable[[Call], Any]) -> Endpoint:
    return Endpoint(handle, frozenset({"wait", "ordering", "timeout"}), threaded=True)


def _points(read: writes.Reader, where: str) -> Endpoint:
    return _write(writer(read, where))


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "collections"): _read(handlers.list_collections),
    ("GET", "aliases"): _read(handlers.list_aliases),
    ("POST", "collections/aliases"): _write(handlers.change_aliases),
    ("GET", "collections/*"): _read(handlers.collection_info),
    ("PUT", "collections/*"): _write(handlers.create_collection),
    ("PATCH", "collections/*"): _write(handlers.update_collection),
    ("DELETE", "collections/*"): _write(handlers.delete_collection),
    ("GET", "collections/*/exists"): _read(handlers.collection_exists),
    ("GET", "collections/*/aliases"): _read(handlers.collection_aliases),
    ("PUT", "collections/*/index"): _write(handlers.put_index),
    ("DELETE", "collections/*/index/*"): _write(handlers.drop_index),
    ("PUT", "collections/*/points"): _points(writes.upsert, "PointInsertOperations"),
    ("POST", "collections/*/points"): _read(handlers.retrieve),
    ("GET", "collections/*/points/*"): _read(handlers.get_point),
    ("POST", "collections/*/points/delete"): _points(writes.delete, "PointsSelector"),
    ("POST", "collections/*/points/payload"): _points(writes.set_payload, "SetPayload"),
    ("PUT", "collections/*/points/payload"): _points(writes.overwrite_payload, "SetPayload"),
    ("POST", "collections/*/points/payload/delete"): _points(
        writes.delete_payload, "DeletePayload"
    ),
    ("POST", "collections/*/points/payload/clear"): _points(writes.clear_payload, "PointsSelector"),
    ("PUT", "collections/*/points/vectors"): _points(writes.update_vectors, "UpdateVectors"),
    ("POST", "collections/*/points/vectors/delete"): _points(
        writes.delete_vectors, "DeleteVectors"
    ),
    ("POST", "collections/*/points/batch"): _write(handlers.batch_update),
    ("POST", "collections/*/points/query"): _read(handlers.query),
    ("POST", "collections/*/points/query/batch"): _read(handlers.query_batch),
    ("POST", "collections/*/points/scroll"): _read(handlers.scroll),
    ("POST", "collections/*/points/count"): _read(handlers.count),
    ("POST", "collections/*/facet"): _read(handlers.facet),
}
_WITH_ITEM = ("points", "index")


def find(method: str, path: str, query_string: str) -> Match:
    """Return the endpoint of a request; Unsupported for a path or parameter not served here."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    name = parts[1] if len(parts) > 1 else ""
    for shape, item in _shapes(parts):
        endpoint = ENDPOINTS.get((method, shape))
        if endpoint is not None:
            return Match(endpoint, name, item, _limit(endpoint, query_string))
    raise Unsupported(f"{method} {path}")


def _shapes(parts: list[str]) -> list[tuple[str, str]]:
    """Return how the path may be read, the most literal way first."""
    shapes = [("/".join(parts), "")]
    if len(parts) > 1 and parts[0] == "collections":
        general = ["collections", "*", *parts[2:]]
        shapes.append(("/".join(general), ""))
        if len(parts) == 4 and parts[2] in _WITH_ITEM:
            shapes.append(("/".join([*general[:3], "*"]), parts[3]))
    return shapes


def _limit(endpoint: Endpoint, query_string: str) -> int | None:
    """Check the query parameters and return the time limit among them."""
    if not query_string:
        return None
    limit = None
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if name not in endpoint.params:
            raise Unsupported(f"query parameter `{name}`")
        if not _TRUE_HERE[name](value):
            raise BadRequest(f"query parameter `{name}={value}` cannot hold on a single node")
        if name == "timeout":
            limit = int(value)
    return limit


# One node that always waits: so each of these is true of it.
_TRUE_HERE: Mapping[str, Callable[[str], bool]] = {
    "wait": lambda value: value in {"true", "false"},
    "ordering": lambda value: value in {"weak", "medium", "strong"},
    "consistency": lambda value: value in {"1", "majority", "quorum", "all"},
    "timeout": lambda value: value.isdecimal() and int(value) > 0,
}
