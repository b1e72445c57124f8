"""The store that the contract is checked against: the embedded service, or a Qdrant server.

`QDRANT_URL` (and `QDRANT_API_KEY`) name a server; without them each test process starts a service
of its own on a free port and a fresh folder. A test that asks for `embedded` is about the service
alone and is skipped on a server.

Only what the caller set counts: the plugin `tests.stores` puts the address of the application's
own embedded store into the same variables.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from qdrant_client import QdrantClient, models

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
DIMENSION = 4


@dataclass
class Service:
    """A vector service as a process of its own; `start` may be called again after an end."""

    data: Path
    options: tuple[str, ...] = ()
    root: Path = ROOT
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    clients: list[QdrantClient] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the service answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Service:
        """Start it and wait until it is ready; another port if somebody took the first."""
        for _ in range(5):
            self.port = free_port()
            self.process = launch(self.data, self.port, *self.options)
            if self._ready():
                return self
        pytest.fail("the vector service does not start")

    def client(self) -> QdrantClient:
        """Return a client, closed with the service; it asks for no version, in a thread, late."""
        made = QdrantClient(url=self.url, prefer_grpc=False, timeout=60, check_compatibility=False)
        self.clients.append(made)
        return made

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        for client in self.clients:
            client.close()
        self.clients.clear()
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def _ready(self) -> bool:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return True
            except httpx.TransportError:
                time.sleep(0.02)
        return False


def given(name: str) -> str | None:
    """Return a variable as the caller set it, before anything in this process changed it."""
    try:
        block = Path("/proc/self/environ").read_bytes()
    except FileNotFoundError:  # no /proc: then the value now, unless it is the plugin's
        ours = getattr(sys.modules.get("tests.stores"), "stores", None)
        value = os.environ.get(name)
        return None if ours is not None and value == ours.environment.get(name) else value
    pairs = (entry.partition(b"=") for entry in block.split(b"\0"))
    return {key.decode(): value.decode() for key, _, value in pairs}.get(name) or None


def server_key() -> str | None:
    """Return the key of the caller's server; the service of our own has none."""
    return given("QDRANT_API_KEY") if given("QDRANT_URL") else None


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(data: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """Start the service's command."""
    command = [sys.executable, "-m", "infra.embedded.vector_service"]
    command += ["--port", str(port), "--data", str(data), *options]
    return subprocess.Popen(command, cwd=ROOT)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the store under test."""
    server = given("QDRANT_URL")
    if server:
        yield server.rstrip("/")
        return
    service = Service(tmp_path_factory.mktemp("vectors")).start()
    yield service.url
    service.end()


@pytest.fixture(scope="session")
def on_a_server() -> bool:
    """Whether the store under test is a server of the caller's."""
    return given("QDRANT_URL") is not None


@pytest.fixture
def embedded(url: str, on_a_server: bool) -> str:
    """Ask for the embedded service: on a server the test is skipped."""
    if on_a_server:
        pytest.skip("about the embedded service alone")
    return url


@pytest.fixture
def new_service(embedded: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Make services of the test's own, ended with it."""
    made: list[Service] = []

    def new(*options: str) -> Service:
        made.append(Service(tmp_path / "data", options).start())
        return made[-1]

    yield new
    for service in made:
        if service.process is not None and service.process.poll() is None:
            service.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[QdrantClient]:
    """A client as the application uses it."""
    with warnings.catch_warnings():
        # A key over plain HTTP is what a server on this machine gets.
        warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
        made = QdrantClient(url=url, prefer_grpc=False, api_key=server_key(), timeout=60)
    yield made
    made.close()


@pytest.fixture(scope="session")
def http(url: str) -> Iterator[httpx.Client]:
    """Plain HTTP, for status codes and error bodies."""
    key = server_key()
    headers = {"api-key": key} if key else {}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as made:
        yield made


@pytest.fixture
def new_name(client: QdrantClient) -> Iterator[Callable[[], str]]:
    """Names of collections that nobody else uses; dropped with the test."""
    names: list[str] = []

    def new() -> str:
        names.append(f"contract-{uuid4().hex}")
        return names[-1]

    yield new
    for name in names:
        client.delete_collection(name)


@pytest.fixture
def films(client: QdrantClient, new_name: Callable[[], str]) -> str:
    """An empty collection with one nameless vector and indexed payload keys."""
    name = new_name()
    vectors = models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE)
    client.create_collection(name, vectors_config=vectors)
    indexes = {"fence": "integer", "year": "integer", "genre": "keyword", "deleted": "bool"}
    for key, kind in indexes.items():
        client.create_payload_index(name, key, field_schema=kind)
    return name
