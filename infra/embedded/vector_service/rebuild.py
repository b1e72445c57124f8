"""Rebuild of a collection's HNSW index beside its service.

`optimize()` holds Python's lock until it is done (27 s for 60,000 × 64), so it runs in a process of
its own on a copy of the shard; the service answers and writes meanwhile, and at the end replays on
the copy what was written.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import orjson
import qdrant_edge as edge

from .collection import Collection
from .engine import run
from .errors import ApiError
from .upkeep import unindexed_vectors


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
            else:
                self._collection.abandon_copy()
        except (ApiError, OSError) as error:
            print(f"rebuild of {self._collection.name}: {error}", file=sys.stderr, flush=True)
            self._collection.abandon_copy()
        finally:
            with contextlib.suppress(ApiError):
                self._collection.upkeep.built(count_unindexed(self._collection))

    def _optimized(self, path: Path, body: dict[str, Any]) -> bool:
        command = [sys.executable, "-m", f"{__package__}.optimizer", str(path), str(os.getpid())]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE)
        if self._stopping.is_set():
            self._child.kill()
        self._child.communicate(orjson.dumps(body))
        return self._child.returncode == 0 and not self._stopping.is_set()


def count_unindexed(collection: Collection) -> int:
    """Return how many of the collection's vectors no HNSW index covers."""
    with collection.reading() as shard:

        def count(name: str) -> int:
            has = edge.Filter(must=[edge.HasVectorCondition(name)])
            return run(shard.count, edge.CountRequest(True, has))

        indexed = run(shard.info).indexed_vectors_count
        return unindexed_vectors(count, collection.body, indexed)
