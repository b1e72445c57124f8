"""Every call into qdrant_edge goes through here, so that its errors become the server's."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .errors import ApiError, BadRequest, FormatError, InternalError, NotFound, WrongInput

P = ParamSpec("P")
T = TypeVar("T")

_WRONG_INPUT = (
    "Vector dimension error",
    "Not existing vector name error",
    "Wrong usage of",
    "Wrong vector",
    "Conversion between",
)
_BAD_REQUEST = (
    "No range index",
    "No appropriate index",
    "Validation failed",
    "Unsupported",
    "Index required",
    "Expected",
    "Invalid",
    "Failed to evaluate",
    "Variable",
)


def build(maker: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a typed engine object; a value the engine cannot take is the caller's FormatError."""
    try:
        return maker(*args, **kwargs)
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(str(error).splitlines()[0]) from error


def run(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the engine; its errors and its panics become an ApiError."""
    try:
        return call(*args, **kwargs)
    except (KeyboardInterrupt, SystemExit, ApiError):
        raise
    except BaseException as error:  # a Rust panic is no Exception
        raise translated(error) from error


def translated(error: BaseException) -> ApiError:
    """Return the server's error for an error of the engine."""
    text = str(error)
    if text.startswith("No point with id"):
        return NotFound(f"{text} found")
    if text.startswith(_WRONG_INPUT):
        return WrongInput(text)
    if text.startswith(_BAD_REQUEST):
        return BadRequest(text)
    return InternalError(text or type(error).__name__)
