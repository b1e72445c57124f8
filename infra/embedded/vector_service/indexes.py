"""Payload indexes: the schemas of Qdrant's `field_schema`, read for the engine and shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qdrant_edge as edge
from qdrant_edge import PayloadSchemaType, TokenizerType, UpdateOperation

from .engine import build
from .errors import FormatError, Unsupported
from .fields import Fields, Reader, anything, boolean, choice, natural, text
from .storage import MEMORY, memory_word

_TOKENIZERS = {
    "prefix": TokenizerType.Prefix,
    "whitespace": TokenizerType.Whitespace,
    "word": TokenizerType.Word,
    "multilingual": TokenizerType.Multilingual,
}
_COMMON: dict[str, Reader[Any]] = {
    "on_disk": boolean,
    "memory": choice(MEMORY),
    "enable_hnsw": boolean,
}
_TENANT: dict[str, Reader[Any]] = {"is_tenant": boolean, **_COMMON}
_PRINCIPAL: dict[str, Reader[Any]] = {"is_principal": boolean, **_COMMON}
_TEXT: dict[str, Reader[Any]] = {
    "tokenizer": choice(_TOKENIZERS),
    "min_token_len": natural,
    "max_token_len": natural,
    "lowercase": boolean,
    "ascii_folding": boolean,
    "phrase_matching": boolean,
    **_COMMON,
}
_KINDS: dict[str, tuple[PayloadSchemaType, Callable[..., Any], dict[str, Reader[Any]]]] = {
    "keyword": (
        PayloadSchemaType.Keyword,
        edge.KeywordIndexParams,
        {"prefix": boolean, **_TENANT},
    ),
    "integer": (
        PayloadSchemaType.Integer,
        edge.IntegerIndexParams,
        {"lookup": boolean, "range": boolean, **_PRINCIPAL},
    ),
    "float": (PayloadSchemaType.Float, edge.FloatIndexParams, _PRINCIPAL),
    "bool": (PayloadSchemaType.Bool, edge.BoolIndexParams, _COMMON),
    "datetime": (PayloadSchemaType.Datetime, edge.DatetimeIndexParams, _PRINCIPAL),
    "uuid": (PayloadSchemaType.Uuid, edge.UuidIndexParams, _TENANT),
    "text": (PayloadSchemaType.Text, edge.TextIndexParams, _TEXT),
}
_TOKENIZER_WORDS = {str(kind): word for word, kind in _TOKENIZERS.items()}


def create_index(value: Any, where: str) -> UpdateOperation:
    """The body of `PUT index`; FormatError without a schema, Unsupported for geo."""
    with Fields(value, where) as body:
        name = body.required("field_name", text)
        schema = body.required("field_schema", anything)
    return build(UpdateOperation.create_field_index, name, _schema(schema))


def _schema(value: Any) -> Any:
    if isinstance(value, str):
        return _kind(value)[0]
    with Fields(value, "field_schema") as body:
        _, maker, readers = _kind(body.required("type", text))
        return build(
            maker, **{name: body.optional(name, read, None) for name, read in readers.items()}
        )


def _kind(word: str) -> tuple[PayloadSchemaType, Callable[..., Any], dict[str, Reader[Any]]]:
    if word == "geo":
        raise Unsupported("geo indexes")
    if word not in _KINDS:
        raise FormatError(f"field_schema: unknown type `{word}`, expected {', '.join(_KINDS)}")
    return _KINDS[word]


def payload_schema(info: edge.ShardInfo) -> dict[str, Any]:
    """Return the indexes of a shard as `payload_schema` of the collection's info."""
    return {name: _shown(index) for name, index in info.payload_schema.items()}


def _shown(index: edge.PayloadIndexInfo) -> dict[str, Any]:
    word = str(index.data_type).rsplit(".", 1)[-1].lower()
    shown: dict[str, Any] = {"data_type": word, "points": index.points}
    if index.params is not None and word in _KINDS:
        values = {name: getattr(index.params, name, None) for name in _KINDS[word][2]}
        given = {name: _plain(value) for name, value in values.items() if value is not None}
        shown["params"] = {"type": word, **given}
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    return _TOKENIZER_WORDS.get(str(value)) or memory_word(value)
