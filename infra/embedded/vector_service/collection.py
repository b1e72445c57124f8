"""One collection: its folder, its open shard, and the one lock that every write takes.

A folder holds `collection.json` (name, configuration, current generation) and `shard-<generation>`.
A rebuild makes the next generation beside the current one (see `rebuild`); the switch is the
replacement of `collection.json`, so that a crash leaves the one or the other.

Durability: the engine writes each operation to its log before it applies it, so an acknowledged
write survives the death of the process; `flush` brings it past a power cut.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qdrant_edge import EdgeShard, UpdateOperation

from .config import changed, dimensions, edge_config, shown
from .engine import run
from .errors import unknown_collection
from .files import read_json, write_json
from .indexes import payload_schema
from .shard import OpenShard
from .upkeep import Upkeep
from .values import Dimensions


class Collection:
    """A collection that is open; `create` makes one, `Collection(folder)` opens one again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._spec: dict[str, Any] = read_json(folder / "collection.json", None)
        self.name: str = self._spec["name"]
        self._drop_other_generations()
        self._lock = threading.RLock()
        self._gate = threading.Lock()
        self._open = OpenShard(self._shard_path(self.generation), edge_config(self.body))
        self._closed = False
        self._journal: list[UpdateOperation] | None = None
        self._operations = 0
        new = self._spec.get("config_is_new", False)
        self.upkeep = Upkeep(self.body, config_is_new=new)
        self.stop_rebuild: Callable[[], None] = _nothing

    @staticmethod
    def create(folder: Path, name: str, body: dict[str, Any]) -> None:
        """Lay out a new collection in a folder that is not yet in its place."""
        folder.mkdir(parents=True)
        OpenShard(folder / "shard-1", edge_config(body), create=True).close()
        created = datetime.now(UTC).isoformat()
        spec = {"name": name, "body": body, "generation": 1, "created_at": created}
        write_json(folder / "collection.json", spec)

    @property
    def body(self) -> dict[str, Any]:
        """The configuration as the body of the request that would create it."""
        body: dict[str, Any] = self._spec["body"]
        return body

    @property
    def generation(self) -> int:
        """The number of the shard folder in use."""
        return int(self._spec["generation"])

    @property
    def dimensions(self) -> Dimensions:
        """The size of each vector by name."""
        return dimensions(self.body)

    @contextmanager
    def reading(self) -> Iterator[EdgeShard]:
        """Lend the engine's shard to a reader; waits for no writer and no rebuild."""
        with self._reading() as shard:
            yield shard.engine

    def unindexed(self) -> int:
        """Return how many stored vectors no HNSW index covers."""
        with self._reading() as shard:
            return shard.unindexed(self.dimensions)

    @contextmanager
    def _reading(self) -> Iterator[OpenShard]:
        with self._gate:
            if self._closed:
                raise unknown_collection(self.name)
            shard = self._open
            shard.enter()
        try:
            yield shard
        finally:
            shard.leave()

    def write(self, operations: Sequence[UpdateOperation]) -> list[int]:
        """Apply the operations in order, alone; return the number of each.

        Check and write of a conditional upsert are one step under the lock. What a rebuild
        copies is the state before, so each operation, a failing one too, is kept for its replay.
        """
        numbers = []
        with self._lock:
            if self._closed:
                raise unknown_collection(self.name)
            for operation in operations:
                if self._journal is not None:
                    self._journal.append(operation)
                self._operations += 1
                self.upkeep.note_write()
                run(self._open.engine.update, operation)
                numbers.append(self._operations)
        return numbers

    def reconfigure(self, patch: Any) -> None:
        """Store a changed configuration; the next rebuild, which is then due, applies it."""
        with self._lock:
            self._store(body=changed(self.body, patch), config_is_new=True)
            self.upkeep.note_new_config(self.body)

    def flush(self) -> None:
        """Put everything acknowledged so far on disk."""
        with self._lock:
            if not self._closed:
                self.upkeep.note_flush()
                run(self._open.engine.flush)

    def info(self) -> dict[str, Any]:
        """Return the collection's info in the server's shape."""
        with self.reading() as shard:
            info = run(shard.info)
        pending = self.upkeep.is_pending(info.points_count, info.indexed_vectors_count)
        return {
            "status": "yellow" if pending else "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": info.indexed_vectors_count,
            "points_count": info.points_count,
            "segments_count": info.segments_count,
            "config": shown(self.body),
            "payload_schema": payload_schema(info),
            "created_at": self._spec["created_at"],
        }

    def start_copy(self) -> tuple[Path, dict[str, Any]]:
        """Copy the shard into the next generation's folder and start to keep what is written.

        Return the folder and the configuration to rebuild it under.
        """
        target = self._shard_path(self.generation + 1)
        with self._lock:
            if self._closed:
                raise unknown_collection(self.name)
            run(self._open.engine.flush)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(self._open.path, target)
            self._journal = []
            return target, self.body

    def adopt(self, path: Path, built_under: dict[str, Any]) -> None:
        """Bring a rebuilt copy up to date, switch to it, and drop the old generation."""
        fresh = OpenShard(path, edge_config(self.body))
        left = fresh.unindexed(self.dimensions)
        applied = self._replay(fresh, 0)
        with self._lock:
            self._replay(fresh, applied, until_quiet=False)
            self._journal = None
            if self._closed:
                fresh.close()
                return
            new = self.body is not built_under
            self._store(generation=self.generation + 1, config_is_new=new)
            with self._gate:
                old, self._open = self._open, fresh
        old.close()
        shutil.rmtree(old.path, ignore_errors=True)
        self.upkeep.built(left)

    def abandon_copy(self) -> None:
        """Forget a rebuild that did not finish."""
        with self._lock:
            self._journal = None
        shutil.rmtree(self._shard_path(self.generation + 1), ignore_errors=True)
        self.upkeep.built(self.unindexed())

    def close(self) -> None:
        """Flush and close; from here on the collection is unknown to readers and writers."""
        with self._lock, self._gate:
            if self._closed:
                return
            self._closed = True
        self.stop_rebuild()
        self._open.close()

    def _replay(self, fresh: OpenShard, start: int, *, until_quiet: bool = True) -> int:
        """Apply kept operations from `start`; with `until_quiet`, leave the last few for later."""
        journal = self._journal if self._journal is not None else []
        position = start
        while len(journal) - position > (32 if until_quiet else 0):
            for operation in journal[position:]:
                _again(fresh.engine, operation)
                position += 1
        return position

    def _store(self, **changes: Any) -> None:
        spec = {**self._spec, **changes}
        write_json(self.folder / "collection.json", spec)
        self._spec = spec

    def _shard_path(self, generation: int) -> Path:
        return self.folder / f"shard-{generation}"

    def _drop_other_generations(self) -> None:
        for path in self.folder.glob("shard-*"):
            if path != self._shard_path(self.generation):
                shutil.rmtree(path)


def _again(engine: EdgeShard, operation: UpdateOperation) -> None:
    """Apply an operation a second time; one that failed before fails in the same way now."""
    try:
        engine.update(operation)
    except Exception:  # noqa: BLE001  the caller of the first attempt was told
        return


def _nothing() -> None:
    """Stand in for the end of a rebuild where none has begun."""
