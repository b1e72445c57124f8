"""A stack of the test's own: the command line, in a folder and on ports that nobody else uses."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from infra.embedded.addresses import OWN_STORES
from infra.embedded.free_ports import free_port_base
from infra.embedded.layout import ROOT, Layout
from infra.embedded.leftovers import leftover_processes

WITHOUT_NEO4J = {
    "NEO4J_URI": "bolt://127.0.0.1:1",
    "NEO4J_USER": "nobody",
    "NEO4J_PASSWORD": "none",
}
"""A store of the user's own, which is not there: the slowest store is then not started."""


@dataclass(frozen=True)
class Commands:
    """`python -m infra.embedded …` for one stack."""

    layout: Layout
    environment: Mapping[str, str]

    def run(
        self, *arguments: str, given: str = "", prefix: tuple[str, ...] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*prefix, sys.executable, "-m", "infra.embedded", *arguments],
            cwd=ROOT,
            env={**self.environment, **more},
            input=given,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def up(self, **more: str) -> str:
        """Start the stores and return what was said."""
        done = self.run("up", "--stores-only", **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pids(self) -> dict[str, int]:
        """What `status` says: each process and its pid."""
        said = self.run("status").stdout
        return {
            name: int(pid) for name, pid in re.findall(r"^([a-z-]+) +(\d+) ", said, re.MULTILINE)
        }

    def processes(self) -> list[psutil.Process]:
        """Every process of this stack that lives."""
        return leftover_processes(self.layout)

    def kill(self, pids: Mapping[str, int]) -> None:
        """End processes as a power cut does, and wait until they are gone."""
        processes = [psutil.Process(pid) for pid in pids.values()]
        for process in processes:
            process.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(processes, timeout=20)
        assert not alive


def plain_environment() -> dict[str, str]:
    """Our environment without the addresses of the stores that this test run uses."""
    ours = {name for names in OWN_STORES.values() for name in names}
    hidden = ours | {"QDRANT_API_KEY", "MAIL_DIR", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def end(stack: Commands) -> None:
    """Stop whatever still runs of a stack; fail when something is left."""
    stack.run("down")
    assert stack.processes() == []


def stack_in(var: Path, **environment: str) -> Commands:
    """A stack in a given folder, on free ports."""
    layout = Layout(var=var.resolve(), port_base=free_port_base())
    place = {"CINEMESH_VAR": str(layout.var), "PORT_BASE": str(layout.port_base)}
    return Commands(layout, {**plain_environment(), **place, **environment})


@pytest.fixture
def new_stack() -> Iterator[Callable[..., Commands]]:
    """Make stacks in given folders; whatever still runs of them at the end is stopped."""
    made: list[Commands] = []

    def new(var: Path, **environment: str) -> Commands:
        made.append(stack_in(var, **environment))
        return made[-1]

    yield new
    for stack in made:
        end(stack)


@pytest.fixture
def stack(new_stack: Callable[..., Commands], tmp_path: Path) -> Commands:
    """Postgres, Valkey and the vector store; not Neo4j, which takes its time."""
    return new_stack(tmp_path / "var", **WITHOUT_NEO4J)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The same, started once, for tests that leave it running."""
    stack = stack_in(tmp_path_factory.mktemp("running") / "var", **WITHOUT_NEO4J)
    stack.up()
    yield stack
    end(stack)
