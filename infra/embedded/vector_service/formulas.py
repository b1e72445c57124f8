"""Scoring formulas: Qdrant's expression tree as the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qdrant_edge import DecayKind, Expression, Formula

from .engine import build
from .fields import Fields, mapping, number, sequence, text
from .filters import condition

_UNARY: dict[str, Callable[[Expression], Expression]] = {
    "neg": Expression.Neg,
    "abs": Expression.Abs,
    "sqrt": Expression.Sqrt,
    "exp": Expression.Exp,
    "log10": Expression.Log10,
    "ln": Expression.Ln,
    "acosh": Expression.Acosh,
}
_MANY: dict[str, Callable[[list[Expression]], Expression]] = {
    "mult": Expression.Mult,
    "sum": Expression.Sum,
    "max": Expression.Max,
    "min": Expression.Min,
}
_DECAY = {
    "lin_decay": DecayKind.Lin,
    "exp_decay": DecayKind.Exp,
    "gauss_decay": DecayKind.Gauss,
}


def read_formula(body: Fields) -> Formula:
    """Take `formula` and `defaults` of a formula query."""
    expression = body.required("formula", read_expression)
    return build(Formula, expression, body.optional("defaults", mapping, {}))


def read_expression(value: Any, where: str) -> Expression:
    """A constant, a variable, a condition, or an operation on such expressions."""
    if isinstance(value, str):
        return build(Expression.Variable, value)
    if not isinstance(value, dict):
        return Expression.Constant(number(value, where))
    if len(value) == 1:
        name = next(iter(value))
        if name in _READERS:
            with Fields(value, where) as body:
                return _READERS[name](body)
    return build(Expression.Condition, condition(value, where))


def _unary(name: str) -> Callable[[Fields], Expression]:
    return lambda body: build(_UNARY[name], body.required(name, read_expression))


def _many(name: str) -> Callable[[Fields], Expression]:
    return lambda body: build(_MANY[name], body.required(name, sequence(read_expression)))


def _decay(name: str) -> Callable[[Fields], Expression]:
    def read(value: Any, where: str) -> Expression:
        with Fields(value, where) as body:
            return build(
                Expression.Decay,
                _DECAY[name],
                body.required("x", read_expression),
                body.optional("target", read_expression, None),
                body.optional("midpoint", number, None),
                body.optional("scale", number, None),
            )

    return lambda body: body.required(name, read)


def _div(value: Any, where: str) -> Expression:
    with Fields(value, where) as body:
        left = body.required("left", read_expression)
        right = body.required("right", read_expression)
        return build(Expression.Div, left, right, body.optional("by_zero_default", number, None))


def _pow(value: Any, where: str) -> Expression:
    with Fields(value, where) as body:
        base = body.required("base", read_expression)
        return build(Expression.Pow, base, body.required("exponent", read_expression))


_READERS: dict[str, Callable[[Fields], Expression]] = {
    **{name: _unary(name) for name in _UNARY},
    **{name: _many(name) for name in _MANY},
    **{name: _decay(name) for name in _DECAY},
    "div": lambda body: body.required("div", _div),
    "pow": lambda body: body.required("pow", _pow),
    "datetime": lambda body: build(Expression.Datetime, body.required("datetime", text)),
    "datetime_key": lambda body: build(Expression.DatetimeKey, body.required("datetime_key", text)),
}
