"""Strict reading of JSON: each field is taken by name and kind, what is left over is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from .errors import FormatError, InvalidValue, Unsupported

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[[Any, str], T]


class Fields:
    """One JSON object; leaving its `with` block with untaken fields raises Unsupported.

    A field whose value is null counts as absent, as it does on the server.
    """

    def __init__(self, body: Any, where: str) -> None:
        if not isinstance(body, dict):
            raise FormatError(f"{where}: expected an object")
        self._left: dict[str, Any] = dict(body)
        self._where = where

    def __enter__(self) -> Fields:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if kind is None:
            self.end()

    def __contains__(self, name: str) -> bool:
        return self._left.get(name) is not None

    def optional(self, name: str, read: Reader[T], default: D) -> T | D:
        """Take a field, or the default where it is absent or null."""
        value = self._left.pop(name, None)
        return default if value is None else read(value, f"{self._where}.{name}")

    def required(self, name: str, read: Reader[T]) -> T:
        """Take a field; FormatError where it is absent."""
        if name not in self:
            raise FormatError(f"{self._where}: missing field `{name}`")
        return read(self._left.pop(name), f"{self._where}.{name}")

    def refuse(self, *names: str) -> None:
        """Say by name that these fields of Qdrant's are not served here."""
        for name in names:
            if self._left.pop(name, None) is not None:
                raise Unsupported(f"`{self._where}.{name}`")

    def end(self) -> None:
        """Raise Unsupported for a field that nobody took."""
        for name, value in self._left.items():
            if value is not None:
                raise Unsupported(f"unknown field `{self._where}.{name}`")
        self._left.clear()


def anything(value: Any, where: str) -> Any:
    """Any JSON value."""
    return value


def mapping(value: Any, where: str) -> dict[str, Any]:
    """A JSON object, whatever is in it."""
    if not isinstance(value, dict):
        raise FormatError(f"{where}: expected an object")
    return value


def text(value: Any, where: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise FormatError(f"{where}: expected a string")
    return value


def boolean(value: Any, where: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise FormatError(f"{where}: expected a boolean")
    return value


def natural(value: Any, where: str) -> int:
    """An integer of at least 0."""
    if type(value) is not int or value < 0:
        raise FormatError(f"{where}: expected an unsigned integer")
    return value


def positive(value: Any, where: str) -> int:
    """An integer of at least 1; InvalidValue for 0."""
    if natural(value, where) == 0:
        raise InvalidValue(f"[{where}: value 0 invalid, must be 1 or larger]")
    return int(value)


def number(value: Any, where: str) -> float:
    """A number."""
    if type(value) not in (int, float):
        raise FormatError(f"{where}: expected a number")
    return float(value)


def choice(options: Mapping[str, T]) -> Reader[T]:
    """Return a reader of one of the words in `options`."""

    def read(value: Any, where: str) -> T:
        word = text(value, where)
        if word not in options:
            raise FormatError(f"{where}: unknown variant `{word}`, expected {', '.join(options)}")
        return options[word]

    return read


def only(value: T) -> Reader[T]:
    """Return a reader that takes this one value, the only true one here."""

    def read(given: Any, where: str) -> T:
        if given != value:
            raise Unsupported(f"`{where}` other than {value!r}")
        return value

    return read


def sequence(read: Reader[T]) -> Reader[list[T]]:
    """Return a reader of a JSON list of such things."""

    def read_all(value: Any, where: str) -> list[T]:
        if not isinstance(value, list):
            raise FormatError(f"{where}: expected a list")
        return [read(item, f"{where}[{index}]") for index, item in enumerate(value)]

    return read_all


def one_or_many(read: Reader[T]) -> Reader[list[T]]:
    """Return a reader of one such thing or a list of them."""

    def read_all(value: Any, where: str) -> list[T]:
        return sequence(read)(value if isinstance(value, list) else [value], where)

    return read_all
