"""Ends the processes of a test run whose own process died before it could.

The test process writes `+PID` and `-PID` lines to the guardian's standard input. When the test
process is gone, the guardian kills what is still listed. It works wherever there are pipes.
"""

import contextlib
import os
import select
import signal
import sys

_LOOK_EVERY_SECONDS = 1.0


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
