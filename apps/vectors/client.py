"""The one place that talks to Qdrant: clients, deadlines, and what its errors mean.

One pair of clients a process. A fork gets its own: sockets and threads do not survive it.
"""

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import certifi
import httpx
import orjson
import pycurl
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from apps.common.breaker import Breaker, Call, visitors_wait
from apps.common.errors import StoreUnavailable
from apps.vectors import configuration
from apps.vectors.errors import CollectionMissing, PointMissing, VectorsRefused

T = TypeVar("T")

STORE = "vectors"
READ_SOCKET_SECONDS = 2
WRITE_SOCKET_SECONDS = 3
"""Per socket operation, so that a write against a silent store ends within the lease of 5 s."""
PROBE = httpx.Timeout(0.25, connect=0.1)
_KEPT = httpx.Limits(max_connections=64, max_keepalive_connections=16)
_BUSY = frozenset({408, 429})


class Away(Exception):
    """Qdrant did not answer, or says that it cannot now. Never leaves this package."""


@dataclass(frozen=True)
class Connection:
    """What one process holds: a client for reads, one for writes, the readers' breaker.

    `plain` asks what is read as JSON.
    """

    reader: QdrantClient
    writer: QdrantClient
    plain: "Plain"
    breaker: Breaker
    probe: httpx.Client


@cache
def connection() -> Connection:
    """The connection of this process; made without asking the server anything."""
    return Connection(
        reader=_client(READ_SOCKET_SECONDS),
        writer=_client(WRITE_SOCKET_SECONDS),
        plain=Plain(),
        breaker=Breaker(STORE, errors=(Away,), deadline=visitors_wait),
        probe=httpx.Client(base_url=configuration.qdrant().url, timeout=PROBE),
    )


os.register_at_fork(after_in_child=connection.cache_clear)


def ping() -> None:
    """A sign of life within 300 ms, or an error. Goes past the breaker, which it may close."""
    connection().probe.get("/readyz").raise_for_status()


@contextmanager
def translated() -> Iterator[None]:
    """Qdrant's errors as ours: Away, CollectionMissing, PointMissing, VectorsRefused."""
    try:
        yield
    except (ResponseHandlingException, ResourceExhaustedResponse, pycurl.error) as error:
        raise Away(f"{type(error).__name__}: {error}") from error
    except UnexpectedResponse as error:
        status = error.status_code or 500
        if status >= 500 or status in _BUSY:
            raise Away(str(error)) from error
        if status == 404:
            missing = CollectionMissing if b"ollection" in error.content else PointMissing
            raise missing(str(error)) from error
        raise VectorsRefused(str(error)) from error


@contextmanager
def unhurried() -> Iterator[QdrantClient]:
    """The client for projectors, schema and rebuild; StoreUnavailable when Qdrant is away."""
    try:
        with translated():
            yield connection().writer
    except Away as error:
        raise StoreUnavailable(STORE, str(error)) from error


def start(work: Callable[[QdrantClient], T]) -> Call[T]:
    """Begin a read; its `result` raises StoreUnavailable past the visitors' deadline."""
    held = connection()

    def run() -> T:
        with translated():
            return work(held.reader)

    return held.breaker.submit(run)


def ask(collection: str, path: str, body: object, *, seconds: float = READ_SOCKET_SECONDS) -> Any:
    """What Qdrant answers, as plain JSON. To be called where errors are `translated`.

    It goes past qdrant-client: models of the answer take longer than Qdrant needs for it, and
    httpx and urllib3, in Python, take several times as much of the processor as libcurl.
    """
    plain = connection().plain
    plain.curl.setopt(pycurl.URL, f"{plain.url}/collections/{collection}/{path}")
    plain.curl.setopt(pycurl.POSTFIELDS, orjson.dumps(body))
    plain.curl.setopt(pycurl.TIMEOUT_MS, int(1000 * seconds))
    content = plain.curl.perform_rb()
    status = plain.curl.getinfo(pycurl.RESPONSE_CODE)
    if status != HTTPStatus.OK:
        raise UnexpectedResponse(status, "", content, httpx.Headers())
    return orjson.loads(content)["result"]


class Plain(threading.local):
    """For each thread a handle of libcurl, which keeps its connection."""

    def __init__(self) -> None:
        """Called in each thread that asks for the first time."""
        qdrant = configuration.qdrant()
        key = [f"api-key: {qdrant.api_key}"] if qdrant.api_key else []
        self.url = qdrant.url.rstrip("/")
        self.curl = pycurl.Curl()
        # An empty Expect keeps libcurl from asking first whether it may send a long body.
        self.curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:", *key])
        # Whom SSL_CERT_FILE names, else the system, else certifi as qdrant-client does.
        self.curl.setopt(pycurl.CAINFO, ssl.get_default_verify_paths().cafile or certifi.where())
        self.curl.setopt(pycurl.NOSIGNAL, 1)  # signals are of the main thread alone
        self.curl.setopt(pycurl.PROXY, "")  # whatever the environment says: a store is no website


def _client(timeout: int) -> QdrantClient:
    qdrant = configuration.qdrant()
    # The key goes as a header: given as `api_key` it makes the client warn about plain HTTP, which
    # on the loopback or a private network is what the operator chose by the address.
    return QdrantClient(
        url=qdrant.url,
        headers={"api-key": qdrant.api_key} if qdrant.api_key else None,
        prefer_grpc=False,
        timeout=timeout,
        check_compatibility=False,
        limits=_KEPT,
    )
