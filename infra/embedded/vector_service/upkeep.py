"""When a collection is due for a flush or for a rebuild of its HNSW index."""

from __future__ import annotations

import time
from typing import Any

from .config import dimensions, indexing_threshold_kb

QUIET_SECONDS = 0.5
LOOK_LATEST_SECONDS = 10.0
FLUSH_QUIET_SECONDS = 3.0
FLUSH_LATEST_SECONDS = 15.0


class Upkeep:
    """What has been written since the last flush and the last look at the index."""

    def __init__(self, body: dict[str, Any], *, config_is_new: bool) -> None:
        self._body = body
        self._dirty_since: float | None = None
        self._last_write = 0.0
        self._last_look = time.monotonic()
        self._looked = False
        self._forced = config_is_new
        self._left_unindexed = 0
        self.building = False

    def note_write(self) -> None:
        """Record that an operation was applied."""
        now = time.monotonic()
        self._last_write = now
        self._dirty_since = self._dirty_since or now
        self._looked = False

    def note_flush(self) -> None:
        """Record that everything written so far is on disk."""
        self._dirty_since = None

    def note_new_config(self, body: dict[str, Any]) -> None:
        """Record a changed configuration, which a rebuild applies."""
        self._body, self._forced, self._looked = body, True, False

    def flush_due(self, now: float) -> bool:
        """Whether unflushed writes have come to rest, or have waited for long."""
        if self._dirty_since is None:
            return False
        quiet = now - self._last_write > FLUSH_QUIET_SECONDS
        return quiet or now - self._dirty_since > FLUSH_LATEST_SECONDS

    def look_due(self, now: float) -> bool:
        """Whether it is time to ask the shard how much of it has no index."""
        if self._looked or self.building:
            return False
        quiet = now - self._last_write > QUIET_SECONDS
        return quiet or now - self._last_look > LOOK_LATEST_SECONDS

    def begin_look(self, now: float) -> None:
        """Record that the shard is asked now; what is written from here on asks for another."""
        self._last_look = now
        self._looked = True

    def decide(self, unindexed_vectors: int) -> bool:
        """Take the answer; return whether a rebuild is due now."""
        self._left_unindexed = min(self._left_unindexed, unindexed_vectors)
        due = self._forced or self._over_threshold(unindexed_vectors - self._left_unindexed)
        self._forced, self.building = False, due
        return due

    def built(self, unindexed_vectors: int) -> None:
        """Record the end of a rebuild and what it could not index; that much calls for no other."""
        self.building = False
        self._left_unindexed = unindexed_vectors

    def is_pending(self, points: int, indexed: int) -> bool:
        """Whether the index is being rebuilt or may soon be (an estimate from above)."""
        if self.building or self._forced:
            return True
        return not self._looked and self.may_be_due(points, indexed)

    def may_be_due(self, points: int, indexed: int) -> bool:
        """Whether a rebuild could be due if every point had every vector."""
        most = points * len(dimensions(self._body)) - indexed - self._left_unindexed
        return self._over_threshold(most)

    def _over_threshold(self, vectors: int) -> bool:
        threshold = indexing_threshold_kb(self._body)
        size = max(dimensions(self._body).values()) * 4 / 1024
        return 0 < threshold < vectors * size
