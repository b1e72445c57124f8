"""The product's own processes on stores of their own, started again whenever they end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from apps.outbox.topics import Key, Topic
from infra.embedded.addresses import application_environment
from infra.embedded.credentials import load_credentials
from infra.embedded.guardian import Guardian
from infra.embedded.layout import ROOT
from infra.embedded.processes import EMBEDDER, FLOWER, WEB, application_processes
from infra.embedded.services import Service
from infra.embedded.testing import EmbeddedStores
from tests.embedding import HashedWordsService
from tests.faults.proxy import Proxy
from tests.faults.waiting import wait_until

ADDRESSES = {"valkey": "REDIS_URL", "neo4j": "NEO4J_URI", "vectors": "QDRANT_URL"}
"""The stores that a proxy can stand before, and where the product looks for their address."""

RESTART_SECONDS = 0.5
READY_SECONDS = 60.0

DEPTHS = "SELECT destination, count(*) FROM outbox_message GROUP BY destination"
WAITING = "SELECT DISTINCT destination, topic, key FROM outbox_message"
PUBLISH = "INSERT INTO outbox_message (destination, topic, key, lane) VALUES %s"
PARKED = "SELECT destination, topic, key FROM outbox_failure WHERE parked_at IS NOT NULL"


class Cluster:
    """Stores with fsync, and every process of the command table but Flower.

    What ends is started again, as a supervisor would. The model that embeds runs in this process,
    and may be replaced. `proxied` names stores that are reached through `proxies`. `cast` are
    members with tokens, and films. Whatever of `environment` is changed holds for processes that
    start afterwards.
    """

    def __init__(
        self, folder: Path, *, members: int, films: int, proxied: tuple[str, ...] = ()
    ) -> None:
        self.stores = EmbeddedStores(folder, durable=True)
        self.model = HashedWordsService()
        self.proxies: dict[str, Proxy] = {}
        self.environment: dict[str, str] = {}
        self.cast: dict[str, Any] = {}
        self._sizes = str(members), str(films)
        self._proxied = proxied
        self._services: dict[str, Service] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._guardian = Guardian()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            for part in (self._guardian, self.stores, self.model):
                self._stack.enter_context(part)
            self._address()
            self.cast = json.loads(self.run("-m", "tests.faults.seeding", *self._sizes))
            self._stack.callback(self._stop)
            for name in self._services:
                self._launch(name)
            keeper = threading.Thread(target=self._keep, name="keeper")
            keeper.start()
            self._stack.callback(keeper.join)
            self._stack.callback(self._over.set)
            self.await_web()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def names(self) -> list[str]:
        """Every process that is kept running."""
        return list(self._services)

    @property
    def web_port(self) -> int:
        """Where the API answers."""
        return self.stores.layout.web_port

    def family(self, name: str) -> list[int]:
        """A process and its children, the parent first; empty while it is not there."""
        with self._lock, suppress(psutil.Error):
            process = psutil.Process(self._processes[name].pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                return [process.pid, *(child.pid for child in process.children(recursive=True))]
        return []

    def restart(self, *names: str) -> None:
        """Stop processes for good; the keeper starts them again, with the environment of now."""
        with self._lock:
            for name in names:
                _end(self._processes[name])

    def await_web(self) -> None:
        """Until the API answers."""
        wait_until(lambda: not _refused(self._services[WEB]), "the API", seconds=READY_SECONDS)

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A connection to Postgres itself, each statement in a transaction of its own."""
        found = psycopg2.connect(self.stores.environment["DATABASE_URL"])
        found.autocommit = True
        try:
            yield found
        finally:
            found.close()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What Postgres answers."""
        with self.database() as database, database.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def run(self, *arguments: str) -> str:
        """What Python printed, run with these arguments in the environment of the product."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self._whole_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def publish(self, topic: Topic, keys: Iterable[Key], *, into: str) -> None:
        """Say that facts changed, past the product's own way to say so; nobody is woken."""
        rows = [(into, topic.name, topic.encode(key), topic.lane(key)) for key in keys]
        with self.database() as database, database.cursor() as cursor:
            execute_values(cursor, PUBLISH, rows)

    def depths(self) -> dict[str, int]:
        """Messages that wait, by destination; nothing for one without."""
        return dict(self.rows(DEPTHS))

    def waiting(self) -> set[str]:
        """What some store has not been told yet, each as destination, topic and key."""
        return {" ".join(row) for row in self.rows(WAITING)}

    def parked(self) -> set[str]:
        """The dead letters, each as destination, topic and key."""
        return {" ".join(row) for row in self.rows(PARKED)}

    def _address(self) -> None:
        layout = self.stores.layout
        self.environment = application_environment(layout, load_credentials(layout), {})
        self.environment |= {"EMBEDDING_URL": self.model.url, "CINEMESH_FAILPOINTS": ""}
        self.environment["RATE_LIMITS"] = "false"
        for name in self._proxied:
            address = urlsplit(self.environment[ADDRESSES[name]])
            proxy = Proxy((address.hostname or "", address.port or 0))
            self.proxies[name] = self._stack.enter_context(proxy)
            place = address.netloc.rpartition(":")[0] + f":{proxy.port}"
            self.environment[ADDRESSES[name]] = urlunsplit(address._replace(netloc=place))
        self._services = application_processes(layout)
        for name in (FLOWER, EMBEDDER):
            del self._services[name]

    def _whole_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "NO_PROXY": "127.0.0.1"}

    def _launch(self, name: str) -> None:
        self._services[name].prepare()
        with self.stores.log(name).open("ab") as log:
            process = subprocess.Popen(
                self._services[name].command,
                cwd=ROOT,
                env={**self._whole_environment(), **self._services[name].environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[name] = process
        self._guardian.add(process.pid)

    def _keep(self) -> None:
        while not self._over.wait(RESTART_SECONDS):
            with self._lock:
                for name, process in self._processes.items():
                    if process.poll() is not None:
                        _end(process)  # granian's child would serve on for ever
                        self._guardian.discard(process.pid)
                        self._launch(name)

    def _stop(self) -> None:
        for process in self._processes.values():
            _end(process)


def _refused(service: Service) -> str:
    try:
        service.ready()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
        return str(error) or type(error).__name__
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
