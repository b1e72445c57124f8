"""Hints for the relay, sent by a thread of their own.

A writer must not wait for the broker, not even for a refusal. So a commit only marks which
destinations have news; one daemon thread tells Celery, at most once per interval and destination.
A hint that is lost costs lag alone: the sweep finds what no task came for.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

INTERVAL = 0.4
"""Seconds in which hints for one destination become one: the first news go out at once, so only
under load this is lag. A delivery costs its claim, fence and transactions, however small it is."""


class Waker:
    """Collects destinations and hints them from its own thread."""

    def __init__(self, hint: Callable[[list[str]], None]) -> None:
        """The thread, which calls `hint`, starts with the first news."""
        self._hint = hint
        self._news: set[str] = set()
        self._is_hinting = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def wake(self, destinations: Iterable[str]) -> None:
        """Mark destinations as having news; returns at once."""
        with self._changed:
            self._news.update(destinations)
            if self._thread is None or self._pid != os.getpid():
                self._pid, self._is_hinting = os.getpid(), False
                self._thread = threading.Thread(target=self._run, name="outbox-wake", daemon=True)
                self._thread.start()
            self._changed.notify()

    def flush(self, timeout: float = 1.0) -> None:
        """Give a process that ends the time to send its last hints."""
        with self._changed:
            self._changed.wait_for(lambda: not self._news and not self._is_hinting, timeout)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._news))
                # Forgotten before they are hinted: what commits meanwhile may come too late for
                # the worker that this hint wakes, and is news again.
                destinations, self._news = sorted(self._news), set()
                self._is_hinting = True
            self._hint(destinations)
            with self._changed:
                self._is_hinting = False
                self._changed.notify_all()
            pause.wait(INTERVAL)


def _hint(destinations: list[str]) -> None:
    from apps.outbox import tasks  # tasks need the relay, which publishers must not

    try:
        for destination in destinations:
            tasks.hint(destination)
    except Exception as error:  # noqa: BLE001 - whatever the broker says, the sweep comes
        logger.warning("No hint sent: %s. The sweep will find the messages.", type(error).__name__)


_waker = Waker(_hint)
wake = _waker.wake
atexit.register(_waker.flush)
