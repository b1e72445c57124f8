"""The base of every error that a client may see, and of every store that may be away.

An error's docstring is its message; `code` is stable, `status` is HTTP's.
"""

from collections.abc import Mapping
from inspect import cleandoc
from typing import ClassVar


class CinemeshError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(
        self, detail: str | None = None, *, fields: Mapping[str, str] | None = None
    ) -> None:
        """`fields` maps a JSON pointer or a parameter's name to what is wrong with it."""
        self.detail = detail or cleandoc(self.__doc__ or "")
        self.fields = dict(fields or {})
        super().__init__(self.detail)


class NotFound(CinemeshError):
    """There is nothing at this address."""

    code = "not_found"
    status = 404


class InvalidInput(CinemeshError):
    """The request has a value that cannot be used."""

    code = "invalid"
    status = 400


class Conflict(CinemeshError):
    """The request does not fit the state of what it names."""

    code = "conflict"
    status = 409


class Forbidden(CinemeshError):
    """You may not do this."""

    code = "forbidden"
    status = 403


class PreconditionFailed(CinemeshError):
    """What you have is no longer current: read it again, then change it."""

    code = "precondition_failed"
    status = 412


class BodyTooLarge(CinemeshError):
    """The body of the request is too large."""

    code = "body_too_large"
    status = 413


class StoreUnavailable(CinemeshError):
    """A store does not answer. Readers go on without it; nothing is lost."""

    code = "store_unavailable"
    status = 503

    def __init__(self, store: str, reason: str = "") -> None:
        """`store` is its name in `degraded`; `reason` is for the log."""
        self.store = store
        self.reason = reason
        super().__init__(f"The store {store!r} does not answer." + (f" {reason}" if reason else ""))
