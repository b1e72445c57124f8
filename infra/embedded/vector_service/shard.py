"""An open shard of the engine that readers share and that is closed after the last of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import qdrant_edge as edge

from .engine import run


class OpenShard:
    """One opened shard folder with a count of the readers inside."""

    def __init__(self, path: Path, config: edge.EdgeConfig, *, create: bool = False) -> None:
        opener = edge.EdgeShard.create if create else edge.EdgeShard.load
        self.path = path
        self.engine: edge.EdgeShard = run(opener, str(path), config)
        self._readers = 0
        self._idle = threading.Condition()

    def enter(self) -> None:
        """Keep the shard open until `leave`."""
        with self._idle:
            self._readers += 1

    def leave(self) -> None:
        """End what `enter` began."""
        with self._idle:
            self._readers -= 1
            self._idle.notify_all()

    def unindexed(self, names: Iterable[str]) -> int:
        """Return how many stored vectors of these names no HNSW index covers."""
        stored = 0
        for name in names:
            has = edge.Filter(must=[edge.HasVectorCondition(name)])
            stored += run(self.engine.count, edge.CountRequest(True, has))
        return max(0, stored - run(self.engine.info).indexed_vectors_count)

    def close(self) -> None:
        """Flush and close once the last reader has left; nobody may enter any more."""
        with self._idle:
            self._idle.wait_for(lambda: self._readers == 0)
        run(self.engine.flush)
        run(self.engine.close)
