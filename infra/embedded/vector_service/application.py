"""HTTP in front of the handlers: key, body, error form, and who runs where.

The engine holds Python's lock while it works, so a thread would not let two queries run at once: a
read runs where it arrives. A write may wait for the lock of its collection, so it gets a thread.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from .catalog import Catalog
from .errors import ApiError, FormatError, InternalError, TimedOut
from .handlers import Call
from .routes import Match, find

VERSION = "1.20.0"
OPEN_PATHS = {
    "/": orjson.dumps({"title": "qdrant - embedded vector service", "version": VERSION}),
    "/healthz": b"healthz check passed",
    "/livez": b"healthz check passed",
    "/readyz": b"all shards are ready",
}
JSON = [("content-type", "application/json")]
TEXT = [("content-type", "text/plain; charset=utf-8")]
WRITERS = 4
# qdrant-client sends UUIDs and dates as strings and so do we.
OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


class Application:
    """The RSGI application over one catalog."""

    def __init__(self, catalog: Catalog, api_key: str | None) -> None:
        self._catalog = catalog
        self._key = api_key.encode() if api_key else None
        self._writers = ThreadPoolExecutor(WRITERS, "writer")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.method == "GET" and scope.path in OPEN_PATHS:
            content_type = JSON if scope.path == "/" else TEXT
            protocol.response_bytes(200, content_type, OPEN_PATHS[scope.path])
            return
        refusal = self._refusal(scope.headers)
        if refusal:
            protocol.response_bytes(401, TEXT, refusal)
            return
        started = time.perf_counter()
        try:
            match = find(scope.method, scope.path, scope.query_string)
            body = await protocol() if scope.method != "GET" else b""
            result = await self._answer(match, body)
            _check_limit(match, started)
            protocol.response_bytes(200, JSON, _success(result, started))
        except ApiError as error:
            protocol.response_bytes(error.status, JSON, _failure(error, started))

    async def _answer(self, match: Match, body: bytes) -> Any:
        if not match.endpoint.threaded:
            return self._handle(match, body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, self._handle, match, body)

    def _handle(self, match: Match, body: bytes) -> Any:
        call = Call(self._catalog, match.name, match.item, _json(body))
        try:
            return match.endpoint.handle(call)
        except ApiError:
            raise
        except Exception as error:  # an unforeseen error is an answer too, not a dropped line
            raise InternalError(f"{type(error).__name__}: {error}") from error

    def _refusal(self, headers: Any) -> bytes | None:
        """Return the server's words for a missing or wrong key, or None."""
        if self._key is None:
            return None
        given = headers.get("api-key")
        if given is None:
            scheme, _, token = (headers.get("authorization") or "").partition(" ")
            given = token if scheme == "Bearer" else None
        if given is None:
            return b"Must provide an API key or an Authorization bearer token"
        if not hmac.compare_digest(given.encode(), self._key):
            return b"Invalid API key or JWT"
        return None

    def close(self) -> None:
        """Wait for the writes that have begun."""
        self._writers.shutdown(wait=True)


def _json(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FormatError(str(error)) from error


def _check_limit(match: Match, started: float) -> None:
    reading = not match.endpoint.threaded
    if reading and match.timeout and time.perf_counter() - started > match.timeout:
        raise TimedOut(f"Operation 'read' timed out after {match.timeout} seconds")


def _success(result: Any, started: float) -> bytes:
    answer = {"result": result, "status": "ok", "time": time.perf_counter() - started}
    return orjson.dumps(answer, option=OPTIONS)


def _failure(error: ApiError, started: float) -> bytes:
    elapsed = time.perf_counter() - started
    return orjson.dumps({"status": {"error": str(error)}, "time": elapsed})
