"""The stack of a bench goes with it, however the bench ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.own_stack import TERMINATED
from infra.embedded.layout import ROOT, Layout
from infra.embedded.leftovers import leftover_processes

pytestmark = pytest.mark.timeout(300)

TOLD = "var = "
BENCH = """
import sys
from infra.bench.own_stack import own_stack
with own_stack(application=False) as stack:
    print("var =", stack.layout.var, flush=True)
    sys.stdin.read()
"""


def test_a_bench_that_is_terminated_takes_its_stack_with_it() -> None:
    command = [sys.executable, "-c", BENCH]
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, text=True, **piped) as bench:
        assert bench.stdout is not None
        told = next(line for line in bench.stdout if line.startswith(TOLD))
        var = Path(told.removeprefix(TOLD).strip())
        bench.terminate()
        bench.stdout.read()
        assert bench.wait() == TERMINATED
    assert not var.exists()
    assert not leftover_processes(Layout(var=var, port_base=0))
