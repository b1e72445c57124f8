"""How a component's data is held: its placement in memory, and the quantization of vectors."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge
from qdrant_edge import CompressionRatio, Memory, ScalarType

from .engine import build
from .errors import FormatError
from .fields import Fields, Reader, boolean, choice, number

MEMORY = {"cold": Memory.Cold, "cached": Memory.Cached, "pinned": Memory.Pinned}
_RATIOS = {
    "x4": CompressionRatio.X4,
    "x8": CompressionRatio.X8,
    "x16": CompressionRatio.X16,
    "x32": CompressionRatio.X32,
    "x64": CompressionRatio.X64,
}


def memory_word(placement: Any) -> str:
    """Return Qdrant's word for a placement of the engine."""
    return str(placement).rsplit(".", 1)[-1].lower()


def quantization(value: Any, where: str) -> edge.QuantizationConfigType:
    """One of `scalar`, `product` and `binary`; Unsupported for turbo."""
    with Fields(value, where) as body:
        body.refuse("turbo")
        for name, read in _KINDS.items():
            if name in body:
                return body.required(name, read)
    raise FormatError(f"{where}: data did not match any variant of QuantizationConfig")


def _scalar(value: Any, where: str) -> edge.QuantizationConfigType:
    with Fields(value, where) as body:
        return build(
            edge.ScalarQuantizationConfig,
            body.required("type", choice({"int8": ScalarType.Int8})),
            quantile=body.optional("quantile", number, None),
            always_ram=body.optional("always_ram", boolean, None),
            memory=body.optional("memory", choice(MEMORY), None),
        )


def _product(value: Any, where: str) -> edge.QuantizationConfigType:
    with Fields(value, where) as body:
        return build(
            edge.ProductQuantizationConfig,
            body.required("compression", choice(_RATIOS)),
            always_ram=body.optional("always_ram", boolean, None),
            memory=body.optional("memory", choice(MEMORY), None),
        )


def _binary(value: Any, where: str) -> edge.QuantizationConfigType:
    with Fields(value, where) as body:
        return build(
            edge.BinaryQuantizationConfig,
            always_ram=body.optional("always_ram", boolean, None),
            memory=body.optional("memory", choice(MEMORY), None),
        )


_KINDS: dict[str, Reader[edge.QuantizationConfigType]] = {
    "scalar": _scalar,
    "product": _product,
    "binary": _binary,
}
