"""Ends the processes of a test run whose own process died before it could.

The test process writes `+PID` and `-PID` lines to the guardian's standard input. When the test
process is gone, the guardian kills what is still listed. It works wherever there are pipes.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from types import TracebackType
from typing import Self

from infra.embedded.layout import ROOT

_LOOK_EVERY_SECONDS = 1.0


class Guardian:
    """The guardian as whoever starts processes sees it: told of each one, it lets none outlive us.

    Every process must lead a group of its own.
    """

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.embedded.guardian", str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def add(self, pid: int) -> None:
        """Guard a process and its group."""
        self._tell(f"+{pid}")

    def discard(self, pid: int) -> None:
        """The process has ended, and was waited for."""
        self._tell(f"-{pid}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()


def watch(parent: int) -> set[int]:
    """Keep the list until the parent is gone; return the process groups that outlived it."""
    groups: set[int] = set()
    pending = b""
    while os.getppid() == parent:
        if not select.select([sys.stdin.fileno()], [], [], _LOOK_EVERY_SECONDS)[0]:
            continue
        received = os.read(sys.stdin.fileno(), 4096)
        if not received:
            break
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            change = groups.add if line[:1] == b"+" else groups.discard
            change(int(line[1:]))
    return groups


def end(groups: set[int]) -> None:
    """Kill each process group; a paused one dies as well."""
    for group in groups:
        # Postgres ends its own children at QUIT, which they, in groups of their own, do not get.
        for number in (signal.SIGQUIT, signal.SIGCONT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)


if __name__ == "__main__":
    end(watch(int(sys.argv[1])))
