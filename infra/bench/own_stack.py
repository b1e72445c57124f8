"""A stack for one bench: in a temporary folder, on free ports, gone afterwards."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from infra.embedded.addresses import OWN_STORES
from infra.embedded.free_ports import free_port_base
from infra.embedded.layout import ROOT
from infra.embedded.setup_steps import SetupSteps
from infra.embedded.stack import Stack

TERMINATED = 128 + signal.SIGTERM
"""The exit code of a process that SIGTERM ended."""


@contextmanager
def own_stack(*, application: bool) -> Iterator[Stack]:
    """The stores, and with `application` every process and the sample, as `make up` starts them.

    This process speaks to them as Django does; stores that the environment named are left alone.
    SIGTERM ends this process as Ctrl-C does: the stack goes first.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    for name in [name for names in OWN_STORES.values() for name in names]:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="cinemesh-bench-") as folder:
        os.environ |= {"CINEMESH_VAR": folder, "PORT_BASE": str(free_port_base())}
        os.environ["RATE_LIMITS"] = "false"  # a load is not what they are for
        try:
            _embedded("up", "--no-embedding" if application else "--stores-only")
            stack = Stack.started(os.environ)
            assert stack is not None
            SetupSteps(stack).run("migrate", "sync_schemas")
            yield stack
        finally:
            _embedded("down")


def _embedded(*arguments: str) -> None:
    command = [sys.executable, "-m", "infra.embedded", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)
