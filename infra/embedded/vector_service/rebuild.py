"""Rebuild of a collection's HNSW index beside its service.

`optimize()` holds Python's lock until it is done (27 s for 60,000 × 64), so it runs in a process of
its own on a copy of the shard; the service answers and writes meanwhile, and at the end replays on
the copy what was written.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import orjson

from .collection import Collection
from .errors import ApiError, NotFound


def give_memory_back() -> None:
    """What the former index took: glibc keeps it, which was half of the service's memory."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another libc
            ctypes.CDLL(None).malloc_trim(0)


class Rebuild:
    """One rebuild, in a thread and a child process; `stop` ends both."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"rebuild {collection.name}")

    def start(self) -> None:
        """Begin; the collection's status is yellow until the end."""
        self._thread.start()

    def is_running(self) -> bool:
        """Whether the rebuild has not ended yet."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the child process, drop the copy, and wait for the thread."""
        self._stopping.set()
        child = self._child
        if child is not None:
            child.kill()
        self._thread.join()

    def _work(self) -> None:
        try:
            path, body = self._collection.start_copy()
            if self._optimized(path, body):
                self._collection.adopt(path, body)
                give_memory_back()
            else:
                self._collection.abandon_copy()
        except NotFound:  # dropped meanwhile, its folder with it
            return
        except (ApiError, OSError) as error:
            print(f"rebuild of {self._collection.name}: {error}", file=sys.stderr, flush=True)
            with contextlib.suppress(ApiError):
                self._collection.abandon_copy()

    def _optimized(self, path: Path, body: dict[str, Any]) -> bool:
        command = [sys.executable, "-m", f"{__package__}.optimizer", str(path), str(os.getpid())]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE)
        if self._stopping.is_set():
            self._child.kill()
        self._child.communicate(orjson.dumps(body))
        return self._child.returncode == 0 and not self._stopping.is_set()
