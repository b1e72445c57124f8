"""What each endpoint does: one small function from a call to its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qdrant_edge import QueryBatchRequest, UpdateOperation

from .aliases import read_changes
from .answers import records, scored, updated
from .catalog import Catalog
from .collection import Collection
from .config import edge_config
from .engine import run
from .errors import NotFound
from .fields import Fields, anything, sequence
from .indexes import create_index
from .reads import count_request, facet_request, query_request, retrieve_request, scroll_request
from .values import point_id
from .writes import Reader, batch


@dataclass(frozen=True)
class Call:
    """One request: the parts of the path that vary, and the body as JSON."""

    catalog: Catalog
    name: str
    item: str
    body: Any

    @property
    def collection(self) -> Collection:
        """The collection that the path names; NotFound without one."""
        return self.catalog.get(self.name)


def list_collections(call: Call) -> Any:
    """All collections by name."""
    return {"collections": [{"name": name} for name in call.catalog.names()]}


def create_collection(call: Call) -> Any:
    """Make a collection."""
    call.catalog.create(call.name, _object(call.body))
    return True


def update_collection(call: Call) -> Any:
    """Change what of a collection's configuration can change."""
    call.collection.reconfigure(call.body)
    return True


def delete_collection(call: Call) -> Any:
    """Drop a collection; false where there was none."""
    return call.catalog.delete(call.name)


def collection_info(call: Call) -> Any:
    """State and configuration of a collection."""
    return call.collection.info()


def collection_exists(call: Call) -> Any:
    """Whether a collection or an alias has this name."""
    return {"exists": call.catalog.has(call.name)}


def change_aliases(call: Call) -> Any:
    """Change aliases in one step."""
    call.catalog.change_aliases(read_changes(call.body, "ChangeAliasesOperation"))
    return True


def list_aliases(call: Call) -> Any:
    """All aliases."""
    return {"aliases": _described(call.catalog.aliases())}


def collection_aliases(call: Call) -> Any:
    """The aliases of one collection."""
    name = call.collection.name
    aliases = {alias: of for alias, of in call.catalog.aliases().items() if of == name}
    return {"aliases": _described(aliases)}


def put_index(call: Call) -> Any:
    """Index a payload field."""
    operation = create_index(call.body, "CreateFieldIndex")
    return updated(call.collection.write([operation])[0])


def drop_index(call: Call) -> Any:
    """Drop the index of a payload field; nothing happens where there is none."""
    operation = UpdateOperation.delete_field_index(call.item)
    return updated(call.collection.write([operation])[0])


def writer(read: Reader, where: str) -> Callable[[Call], Any]:
    """Return the handler of an endpoint that takes one update operation."""

    def write(call: Call) -> Any:
        collection = call.collection
        operation = read(call.body, where, collection.dimensions)
        return updated(collection.write([operation])[0])

    return write


def batch_update(call: Call) -> Any:
    """Apply several operations in order; nobody else writes between them."""
    collection = call.collection
    operations = batch(call.body, "UpdateOperations", collection.dimensions)
    return [updated(number) for number in collection.write(operations)]


def get_point(call: Call) -> Any:
    """One point with payload and vectors; NotFound where there is none."""
    key = point_id(int(call.item) if call.item.isdecimal() else call.item, "id")
    with call.collection.reading() as shard:
        found = run(shard.retrieve, [key], True, True)
    if not found:
        raise NotFound(f"Point with id {call.item} does not exists!")
    return records(found)[0]


def retrieve(call: Call) -> Any:
    """The points of a list of ids that are there."""
    ids, payload, vector = retrieve_request(call.body, "PointRequest")
    with call.collection.reading() as shard:
        return records(run(shard.retrieve, ids, payload, vector))


def query(call: Call) -> Any:
    """The best points by any of the engine's ways to score."""
    with call.collection.reading() as shard:
        request = query_request(call.body, "QueryRequest", shard)
        points = run(shard.query, request)
    return {"points": scored(points, bool(request.with_vector))}


def query_batch(call: Call) -> Any:
    """Several queries, planned together."""
    with call.collection.reading() as shard, Fields(call.body, "QueryRequestBatch") as body:
        searches = body.required("searches", sequence(anything))
        requests = [query_request(item, "QueryRequest", shard) for item in searches]
        answers = run(shard.query_batch, QueryBatchRequest(requests)) if requests else []
    pairs = zip(requests, answers, strict=True)
    return [{"points": scored(points, bool(request.with_vector))} for request, points in pairs]


def scroll(call: Call) -> Any:
    """One page of points by id or by a payload key."""
    request, ordered = scroll_request(call.body, "ScrollRequest")
    with call.collection.reading() as shard:
        points, following = run(shard.scroll, request)
    return {"points": records(points), "next_page_offset": None if ordered else following}


def count(call: Call) -> Any:
    """How many points match."""
    request = count_request(call.body, "CountRequest")
    with call.collection.reading() as shard:
        return {"count": run(shard.count, request)}


def facet(call: Call) -> Any:
    """How many points have each value of an indexed payload key."""
    request = facet_request(call.body, "FacetRequest")
    with call.collection.reading() as shard:
        hits = run(shard.facet, request).hits
    return {"hits": [{"value": hit.value, "count": hit.count} for hit in hits]}


def _described(aliases: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"alias_name": alias, "collection_name": name} for alias, name in sorted(aliases.items())
    ]


def _object(body: Any) -> dict[str, Any]:
    edge_config(body)
    given: dict[str, Any] = body
    return {name: value for name, value in given.items() if value is not None}
