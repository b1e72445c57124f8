"""Beat's memory of when it sent what, which outlives a torn file."""

from typing import Any

from celery.beat import PersistentScheduler


class MendingScheduler(PersistentScheduler):
    """Celery's own, which begins anew also with a file that opens and whose entries do not load.

    A kill in the middle of a write leaves such a file, and beat would die of it at every start.
    """

    def _open_schedule(self) -> Any:
        store = super()._open_schedule()  # type: ignore[misc]  # not in the types of Celery
        try:
            store.get("entries")
        except Exception:
            store.close()
            raise  # Celery catches it, removes the file and opens a new one
        return store
