"""A collection's configuration: the body that created it, as the engine's and as its info shows it.

The body is what is stored; everything else is derived from it, so there is one truth.
"""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge
from qdrant_edge import Distance, Memory, VectorStorageDatatype

from .engine import build
from .errors import WrongInput
from .fields import (
    Fields,
    Reader,
    anything,
    boolean,
    choice,
    mapping,
    natural,
    number,
    only,
    positive,
)
from .storage import MEMORY, quantization
from .values import Dimensions

# The server's defaults; the engine is told them, so that both sides agree.
HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000, "max_indexing_threads": 0}
OPTIMIZERS = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "max_segment_size": None,
    "indexing_threshold": 10_000,
    "prevent_unoptimized": None,
}
CHANGEABLE = ("hnsw_config", "optimizers_config", "quantization_config", "metadata")
_DISTANCES = {
    "Cosine": Distance.Cosine,
    "Euclid": Distance.Euclid,
    "Dot": Distance.Dot,
    "Manhattan": Distance.Manhattan,
}
_DATATYPES = {
    "float32": VectorStorageDatatype.Float32,
    "float16": VectorStorageDatatype.Float16,
    "uint8": VectorStorageDatatype.Uint8,
}
_OPTIMIZER_FIELDS: dict[str, Reader[Any]] = {
    "deleted_threshold": number,
    "vacuum_min_vector_number": natural,
    "default_segment_number": natural,
    "max_segment_size": natural,
    "indexing_threshold": natural,
}


def edge_config(value: Any, where: str = "CreateCollection") -> edge.EdgeConfig:
    """The body of `PUT collections/{name}` for the engine; raises for what it cannot do."""
    with Fields(value, where) as body:
        body.refuse("sparse_vectors", "wal_config", "strict_mode_config", "sharding_method")
        for name in ("shard_number", "replication_factor", "write_consistency_factor"):
            body.optional(name, only(1), None)
        body.optional("metadata", mapping, None)
        return edge.EdgeConfig(
            vectors=body.required("vectors", _vectors),
            on_disk_payload=body.optional("on_disk_payload", boolean, None),
            payload_memory=body.optional("payload", _placement, None),
            id_tracker_memory=body.optional("id_tracker", _placement, None),
            hnsw_config=body.optional("hnsw_config", _hnsw, _hnsw({}, where)),
            quantization_config=body.optional("quantization_config", quantization, None),
            optimizers=body.optional("optimizers_config", _optimizers, _optimizers({}, where)),
        )


def changed(body: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the configuration after `PATCH collections/{name}`; Unsupported for the rest."""
    new = dict(body)
    with Fields(value, "UpdateCollection") as patch:
        for name in CHANGEABLE:
            given = patch.optional(name, anything, None)
            if given is None:
                continue
            old = body.get(name) if name != "quantization_config" else None
            new[name] = {**(old or {}), **given} if isinstance(given, dict) else given
    if new.get("quantization_config") == "Disabled":
        del new["quantization_config"]
    edge_config(new)
    return new


def dimensions(body: dict[str, Any]) -> Dimensions:
    """Return the size of each vector by name, the nameless one under the empty name."""
    vectors = body["vectors"]
    named = {"": vectors} if "size" in vectors else vectors
    return {name: params["size"] for name, params in named.items()}


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration in the shape of `config` in the collection's info."""
    on_disk = body.get("on_disk_payload")
    kept = {name: body[name] for name in ("payload", "id_tracker") if name in body}
    given = body.get("optimizers_config") or {}
    return {
        "params": {
            "vectors": body["vectors"],
            "shard_number": 1,
            "replication_factor": 1,
            "write_consistency_factor": 1,
            "on_disk_payload": True if on_disk is None else on_disk,
            **kept,
        },
        "hnsw_config": {"on_disk": False, **HNSW, **(body.get("hnsw_config") or {})},
        "optimizer_config": {**OPTIMIZERS, "flush_interval_sec": 5, **given},
        "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
        "quantization_config": body.get("quantization_config"),
        "metadata": body.get("metadata"),
    }


def indexing_threshold_kb(body: dict[str, Any]) -> int:
    """Return from how many kilobytes of vectors an HNSW index is built; 0 means never."""
    given = (body.get("optimizers_config") or {}).get("indexing_threshold")
    return 10_000 if given is None else int(given)


def _vectors(value: Any, where: str) -> Any:
    if not isinstance(value, dict) or not value:
        raise WrongInput("a collection needs at least one vector")
    if "size" in value or "distance" in value:
        return _vector_params(value, where)
    return {name: _vector_params(params, f"{where}.{name}") for name, params in value.items()}


def _vector_params(value: Any, where: str) -> edge.EdgeVectorParams:
    with Fields(value, where) as body:
        body.refuse("multivector_config")
        return build(
            edge.EdgeVectorParams,
            size=body.required("size", positive),
            distance=body.required("distance", choice(_DISTANCES)),
            on_disk=body.optional("on_disk", boolean, None),
            datatype=body.optional("datatype", choice(_DATATYPES), None),
            quantization_config=body.optional("quantization_config", quantization, None),
            hnsw_config=body.optional("hnsw_config", _hnsw, None),
            memory=body.optional("memory", choice(MEMORY), None),
        )


def _hnsw(value: Any, where: str) -> edge.HnswIndexConfig:
    with Fields(value, where) as body:
        return build(
            edge.HnswIndexConfig,
            m=body.optional("m", natural, HNSW["m"]),
            ef_construct=body.optional("ef_construct", natural, HNSW["ef_construct"]),
            full_scan_threshold=body.optional("full_scan_threshold", natural, 10_000),
            max_indexing_threads=body.optional("max_indexing_threads", natural, 0),
            on_disk=body.optional("on_disk", boolean, None),
            payload_m=body.optional("payload_m", natural, None),
            inline_storage=body.optional("inline_storage", boolean, None),
            memory=body.optional("memory", choice(MEMORY), None),
        )


def _optimizers(value: Any, where: str) -> edge.EdgeOptimizersConfig:
    with Fields(value, where) as body:
        given: dict[str, Any] = {
            name: body.optional(name, read, OPTIMIZERS[name])
            for name, read in _OPTIMIZER_FIELDS.items()
        }
        return build(edge.EdgeOptimizersConfig, **given)


def _placement(value: Any, where: str) -> Memory | None:
    with Fields(value, where) as body:
        return body.optional("memory", choice(MEMORY), None)
