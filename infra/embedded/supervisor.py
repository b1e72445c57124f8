"""The supervisor: its configuration, which holds no secret, and its remote control."""

import contextlib
import os
import resource
import subprocess
import sys
import time
import xmlrpc.client  # its server is ours, on a socket for its owner  # nosec B411
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from infra.embedded.errors import DiskFullError, EmbeddedError, tells_disk_full
from infra.embedded.layout import ROOT, Layout
from infra.embedded.services import POLL_SECONDS, Service
from infra.embedded.stack import MARK, Stack

_HEAD = """\
[supervisord]
logfile={log}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={run}/supervisord.pid
childlogdir={log}
umask=077
minfds={files}
minprocs=1

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM = """
[program:{name}]
command={python} -m infra.embedded run {name}
directory={root}
autostart=false
autorestart=true
startsecs=1
startretries=3
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
_FILES_WANTED = 40_000
_START_SECONDS = 20.0
_MOST_STOP_SECONDS = 90.0


@dataclass(frozen=True)
class ProcessState:
    """What the supervisor knows of one process."""

    name: str
    state: str
    pid: int
    explanation: str


def _escape(text: object) -> str:
    return str(text).replace("%", "%%")


def configuration(stack: Stack) -> str:
    """The supervisor's configuration: each program is `python -m infra.embedded run NAME`."""
    layout = stack.layout
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = most_files == resource.RLIM_INFINITY
    text = _HEAD.format(
        log=_escape(layout.log),
        run=_escape(layout.run),
        socket=_escape(Supervisor(layout).socket),
        files=_FILES_WANTED if unlimited else min(most_files, _FILES_WANTED),
    )
    for service in stack.services.values():
        text += _PROGRAM.format(
            name=service.name,
            python=_escape(sys.executable),
            root=_escape(ROOT),
            log=_escape(layout.log),
            stop_signal=service.stop_signal,
            stop_seconds=service.stop_seconds,
        )
    return text


class Supervisor:
    """The remote control of one stack's supervisor; `alive` first says whether there is one."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.socket = layout.sockets / "supervisor.sock"

    def alive(self) -> bool:
        """Say whether the supervisor answers."""
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def launch(self, stack: Stack) -> None:
        """Start the supervisor with nothing running under it, and wait until it answers."""
        path = self.layout.run / "supervisord.conf"
        path.write_text(configuration(stack), encoding="utf-8")
        path.chmod(0o600)
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
            cwd=ROOT,
            env={**os.environ, MARK: str(self.layout.var), "CINEMESH_VAR": str(self.layout.var)},
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        if tells_disk_full(output, done.returncode):
            raise DiskFullError(self.layout.var)
        if done.returncode != 0:
            raise EmbeddedError(f"The supervisor did not start: {output.strip()}")
        deadline = time.monotonic() + _START_SECONDS
        while not self.alive():
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The supervisor does not answer; see {self.layout.log}/supervisord.log."
                )
            time.sleep(POLL_SECONDS)

    def start(self, name: str) -> None:
        """Ask for a process to run; one that runs already is left alone."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("startProcess", name, False)

    def stop(self, names: Sequence[str]) -> None:
        """Stop several processes together and wait until every one of them is gone."""
        for name in names:
            with contextlib.suppress(xmlrpc.client.Fault):
                self._call("stopProcess", name, False)
        deadline = time.monotonic() + _MOST_STOP_SECONDS
        while any(self.states()[name].pid for name in names) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def states(self) -> dict[str, ProcessState]:
        """Every process by its name."""
        found: list[dict[str, Any]] = self._call("getAllProcessInfo")
        return {
            info["name"]: ProcessState(
                info["name"],
                info["statename"],
                info["pid"],
                info["spawnerr"] or info["description"],
            )
            for info in found
        }

    def pid(self) -> int:
        """The supervisor's own process id."""
        return int(self._call("getPID"))

    def shut_down(self) -> None:
        """End the supervisor, whose processes were stopped before."""
        self._call("shutdown")

    def refuse_dead(self, service: Service) -> None:
        """Raise when a process will not come up, with the last lines of its log."""
        state = self.states()[service.name]
        if state.state not in ("BACKOFF", "FATAL", "EXITED"):
            return
        tail = last_lines(self.layout.log / f"{service.name}.log")
        if tells_disk_full(tail):
            raise DiskFullError(self.layout.var)
        if state.state == "FATAL":
            raise EmbeddedError(f"{service.name} does not start. The end of its log:\n{tail}")

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            transport.close()


def last_lines(path: Path, count: int = 15) -> str:
    """The end of a log file, or nothing when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_000))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])
