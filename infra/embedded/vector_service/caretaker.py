"""The background thread that flushes collections and starts rebuilds, one at a time."""

from __future__ import annotations

import contextlib
import threading
import time

from .catalog import Catalog
from .collection import Collection
from .engine import run
from .errors import ApiError
from .rebuild import Rebuild

ROUND_SECONDS = 0.1


class Caretaker:
    """Looks after all collections of a catalog until it is stopped."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rebuild: Rebuild | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="caretaker")

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End the rounds and a rebuild that is under way; its work is lost, no data is."""
        self._stopping.set()
        self._thread.join()
        if self._rebuild is not None:
            self._rebuild.stop()

    def _work(self) -> None:
        while not self._stopping.wait(ROUND_SECONDS):
            for collection in self._catalog.all():
                # A collection may be deleted under the round; the next one no longer sees it.
                with contextlib.suppress(ApiError):
                    self._look_after(collection)

    def _look_after(self, collection: Collection) -> None:
        now = time.monotonic()
        if collection.upkeep.flush_due(now):
            collection.flush()
        busy = self._rebuild is not None and self._rebuild.is_running()
        if not busy and collection.upkeep.look_due(now) and _rebuild_due(collection):
            self._rebuild = Rebuild(collection)
            self._rebuild.start()
            collection.stop_rebuild = self._rebuild.stop


def _rebuild_due(collection: Collection) -> bool:
    with collection.reading() as shard:
        info = run(shard.info)
    upkeep = collection.upkeep
    upkeep.begin_look(time.monotonic())
    if not upkeep.may_be_due(info.points_count, info.indexed_vectors_count):
        return upkeep.decide(0)
    return upkeep.decide(collection.unindexed())
