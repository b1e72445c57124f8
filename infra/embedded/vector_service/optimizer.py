"""The child process of a rebuild: optimize one shard folder and leave.

Run as `python -m infra.embedded.vector_service.optimizer FOLDER PARENT_PID`, with the
collection's configuration on stdin.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

import orjson

from .config import edge_config
from .shard import OpenShard

PR_SET_PDEATHSIG = 1
LOWEST_PRIORITY = 19


def die_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent dies (Linux); exit if it has died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the vector service is gone")


def main() -> None:
    """Optimize the shard under its configuration, behind everything else on the machine."""
    folder, parent = Path(sys.argv[1]), int(sys.argv[2])
    die_with_parent(parent)
    os.nice(LOWEST_PRIORITY)
    shard = OpenShard(folder, edge_config(orjson.loads(sys.stdin.buffer.read())))
    shard.engine.optimize()
    shard.close()


if __name__ == "__main__":
    main()
