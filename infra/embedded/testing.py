"""The four stores for a test run: plain subprocesses in a folder of their own, on free ports."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.embedded.addresses import store_addresses
from infra.embedded.credentials import load_credentials
from infra.embedded.errors import EmbeddedError, NotReadyError
from infra.embedded.free_ports import free_port_base
from infra.embedded.guardian import Guardian
from infra.embedded.layout import Layout
from infra.embedded.services import Service, wait_ready
from infra.embedded.stores import store_services

NAMES = ("postgres", "valkey", "neo4j", "vectors")
_START_ATTEMPTS = 4
_START_SECONDS = 90.0


class EmbeddedStores:
    """A context manager that starts the stores together and leaves no process behind.

    `environment` names them by the variables that the settings read. `start` and `stop` keep
    what a store holds when `durable` is true; `pause` makes a store silent: it accepts, and never
    answers. With `only`, the named stores alone are started.
    """

    def __init__(
        self, folder: Path, *, durable: bool = False, only: tuple[str, ...] = NAMES
    ) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._durable = durable
        self._only = only
        self._services: dict[str, Service] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._guardian = Guardian()
        self.layout = Layout(var=folder)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._guardian.__enter__()
        try:
            self._start_on_free_ports()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._processes):
            self._signal(name, signal.SIGCONT)
            self._signal(name, self._end_signal(name))
        for name in list(self._processes):
            self._reap(name, seconds=20)
        self._guardian.__exit__(kind, error, trace)
        shutil.rmtree(self.layout.sockets, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start a stopped store on its former port and wait until it answers."""
        self._launch(name)
        self._wait(name)

    def stop(self, name: str, *, kill: bool = False) -> None:
        """Stop a store, or end it by KILL; return once no process of it is left."""
        service = self._services[name]
        self._signal(name, signal.SIGCONT)
        number = signal.SIGKILL if kill else signal.Signals[f"SIG{service.stop_signal}"]
        self._signal(name, number)
        self._reap(name, seconds=service.stop_seconds)

    def pause(self, name: str) -> None:
        """Make a store silent: connections are accepted, nothing is answered."""
        for pid in self._family(name):
            os.kill(pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused store go on."""
        for pid in self._family(name):
            os.kill(pid, signal.SIGCONT)

    def pid(self, name: str) -> int:
        """The process id of a running store."""
        return self._processes[name].pid

    def log(self, name: str) -> Path:
        """The file into which a store prints."""
        return self.layout.log / f"{name}.log"

    def _start_on_free_ports(self) -> None:
        for attempt in range(1, _START_ATTEMPTS + 1):
            self.layout = Layout(var=self.folder, port_base=free_port_base())
            self.layout.make_folders()
            credentials = load_credentials(self.layout)
            self._services = {
                name: service
                for name, service in store_services(
                    self.layout, credentials, durable=self._durable
                ).items()
                if name in self._only
            }
            self.environment = store_addresses(self.layout, credentials, {})
            try:
                for name in self._by_slowness():
                    self._launch(name)
                for name in self._services:
                    self._wait(name)
            except NotReadyError:
                # Another process may have taken a port between our look and the store's bind.
                if attempt == _START_ATTEMPTS or not self._lost_a_port():
                    raise
                for name in list(self._processes):
                    self.stop(name, kill=True)
            else:
                return

    def _by_slowness(self) -> list[str]:
        """Neo4j needs the longest: the others start meanwhile."""
        return sorted(self._services, key=("neo4j", "vectors", "valkey", "postgres").index)

    def _launch(self, name: str) -> None:
        if name in self._processes:
            raise EmbeddedError(f"{name} runs already")
        service = self._services[name]
        service.prepare()
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                service.command,
                cwd=service.directory,
                env={**os.environ, **service.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[name] = process
        self._guardian.add(process.pid)

    def _wait(self, name: str) -> None:
        process = self._processes[name]

        def still_runs() -> None:
            if process.poll() is not None:
                raise NotReadyError(f"{name} ended with {process.returncode}:\n{self._tail(name)}")

        wait_ready(self._services[name], seconds=_START_SECONDS, still_runs=still_runs)

    def _tail(self, name: str) -> str:
        return self.log(name).read_text(encoding="utf-8", errors="replace")[-3000:]

    def _lost_a_port(self) -> bool:
        words = ("address already in use", "failed to bind", "could not bind")
        dead = [name for name, process in self._processes.items() if process.poll() is not None]
        return any(word in self._tail(name).lower() for name in dead for word in words)

    def _end_signal(self, name: str) -> signal.Signals:
        """How a store of no further use ends: at once, but Postgres must end its children."""
        return signal.SIGQUIT if name == "postgres" else signal.SIGKILL

    def _family(self, name: str) -> list[int]:
        """A store's process and its children, the parent first."""
        import psutil

        process = psutil.Process(self.pid(name))
        return [process.pid, *(child.pid for child in process.children(recursive=True))]

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._processes.get(name)
        if process is None or process.poll() is not None:
            return
        pids = self._family(name) if number == signal.SIGCONT else [process.pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self, name: str, *, seconds: float) -> None:
        import psutil

        process = self._processes.pop(name)
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.Error:
            children = []
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(children, timeout=5)
        for child in alive:
            with contextlib.suppress(psutil.Error):
                child.kill()
        psutil.wait_procs(alive, timeout=5)
        self._guardian.discard(process.pid)
