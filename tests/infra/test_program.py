"""How a process of a stack begins when its last run was killed and left a child."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.embedded.layout import Layout
from infra.embedded.processes import WEB, WORKERS, application_processes
from infra.embedded.program import end_orphans
from infra.embedded.stack import MARK

# The child tells its own number: while it is still being executed it has no environment to read.
CHILD = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {CHILD!r}])
"""

Orphan = Callable[[str], psutil.Process]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(var=tmp_path)
    layout.run.mkdir()
    return layout


@pytest.fixture
def orphan(layout: Layout) -> Iterator[Orphan]:
    """Make children whose parent was killed, by the mark of their stack; note their group."""
    parents = []

    def make(mark: str) -> psutil.Process:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, MARK: mark},
            start_new_session=True,
        )
        parents.append(parent)
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        (layout.run / "web.group").write_text(str(parent.pid))
        return child

    yield make
    for parent in parents:
        parent.communicate()


def test_an_orphan_of_the_last_run_is_ended(layout: Layout, orphan: Orphan) -> None:
    child = orphan(str(layout.var))
    end_orphans(layout, "web")
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert (layout.run / "web.group").read_text() == str(os.getpgrp())


def test_a_stranger_in_a_group_of_that_number_is_left_alone(layout: Layout, orphan: Orphan) -> None:
    child = orphan("another stack")
    end_orphans(layout, "web")
    assert child.is_running()


def test_the_first_run_finds_nothing_to_end(layout: Layout) -> None:
    end_orphans(layout, "web")
    assert (layout.run / "web.group").read_text() == str(os.getpgrp())


NICE_CHILD = """
import sys
from pathlib import Path
from infra.embedded.program import become
from infra.embedded.services import Service
tell = (sys.executable, "-c", "import os; print(os.nice(0), os.environ)")
become(Service("nice", tell, Path.cwd(), print, niceness=7), {"ONLY": "this"})
"""


def test_a_process_is_as_nice_as_its_service_says() -> None:
    told = subprocess.check_output([sys.executable, "-c", NICE_CHILD], text=True)
    niceness, environment = told.split(" ", 1)
    assert int(niceness) == os.nice(0) + 7
    assert "ONLY" in environment
    assert "PATH" not in environment


def test_workers_leave_the_cores_to_web(layout: Layout) -> None:
    services = application_processes(layout)
    assert {services[name].niceness for name in WORKERS} == {10}
    assert services[WEB].niceness == 0
