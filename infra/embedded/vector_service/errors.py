"""What a request can be refused for, in the words and status codes of the Qdrant server."""

from __future__ import annotations


class ApiError(Exception):
    """A request that cannot be answered; `status` and the message go to the caller."""

    status = 500
    prefix = "Service internal error: "

    def __init__(self, message: str) -> None:
        super().__init__(self.prefix + message)


class InternalError(ApiError):
    """The engine failed in a way that no request should cause."""


class FormatError(ApiError):
    """The body is not the JSON that this endpoint reads."""

    status = 400
    prefix = "Format error in JSON body: "


class WrongInput(ApiError):
    """The request is well formed, but it does not fit the collection."""

    status = 400
    prefix = "Wrong input: "


class BadRequest(ApiError):
    """The request asks for something that cannot be done as things stand."""

    status = 400
    prefix = "Bad request: "


class InvalidValue(ApiError):
    """A field holds a value outside its range."""

    status = 422
    prefix = "Validation error in JSON body: "


class NotFound(ApiError):
    """The collection or the point is not there."""

    status = 404
    prefix = "Not found: "


class AlreadyExists(WrongInput):
    """The name is taken."""

    status = 409


class TimedOut(ApiError):
    """The answer was ready after the caller's own limit."""

    status = 408
    prefix = "Timeout error: "


class Unsupported(ApiError):
    """Qdrant may have this; the embedded service does not, and says so instead of ignoring it."""

    status = 501
    prefix = "Not implemented in the embedded vector service: "


def unknown_collection(name: str) -> NotFound:
    """Return the server's error for a collection that is not there."""
    return NotFound(f"Collection `{name}` doesn't exist!")
