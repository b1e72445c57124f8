"""A deadline and a circuit breaker for calls to a store that may be silent.

A driver's own timeouts do not hold against a peer that accepts and never answers (the Neo4j driver
has no read timeout). So the call runs on a thread of a bounded pool; the caller leaves at the
deadline, and the abandoned thread ends when its socket does.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlineExceeded
from typing import Generic, TypeVar

from django.conf import settings

from apps.common.errors import StoreUnavailable

T = TypeVar("T")


def visitors_wait() -> float:
    """Seconds that a visitor waits for one store: two of them, side by side, and the records."""
    return float(settings.STORE_READ_SECONDS)


class Breaker:
    """Lets calls through, or refuses at once while its store is known to be away.

    Opens after `threshold` failures in a row, for `pause` seconds; then one call may try.
    At most `threads` calls run, abandoned ones included; beyond that a call is refused at once.
    """

    def __init__(
        self,
        store: str,
        *,
        errors: tuple[type[Exception], ...],
        deadline: float | Callable[[], float],
        threshold: int = 3,
        pause: float = 1.0,
        threads: int = 16,
    ) -> None:
        """`errors` are the driver's errors that mean that the store is away."""
        self.store = store
        self.errors = errors
        self._deadline = deadline
        self.threshold = threshold
        self.pause = pause
        self.threads = threads
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=f"{store}-call")
        self._lock = threading.Lock()
        self._running = 0
        self._failures = 0
        self._open_until = 0.0

    @property
    def deadline(self) -> float:
        """Seconds that a caller waits."""
        return self._deadline() if callable(self._deadline) else self._deadline

    def submit(self, work: Callable[[], T]) -> "Call[T]":
        """Start `work` on the pool. Refusals come out of `Call.result`, as failures do."""
        with self._lock:
            refused = self._refusal()
            if refused is None:
                self._running += 1
        if refused is not None:
            return Call(self, None, refused)
        future = self._pool.submit(self._run, work)
        return Call(self, future, None)

    def call(self, work: Callable[[], T], *, deadline: float | None = None) -> T:
        """The result of `work` within the deadline; raises StoreUnavailable otherwise."""
        return self.submit(work).result(deadline)

    def _run(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            with self._lock:
                self._running -= 1

    def _refusal(self) -> StoreUnavailable | None:
        now = time.monotonic()
        if now < self._open_until:
            return StoreUnavailable(self.store, "The circuit is open.")
        if self._running >= self.threads:
            return StoreUnavailable(self.store, "Too many calls hang.")
        if self._open_until:
            self._open_until = now + self.pause
        return None

    def succeeded(self) -> None:
        """The store answered."""
        with self._lock:
            self._failures = 0
            self._open_until = 0.0

    def failed(self) -> None:
        """The store did not answer."""
        with self._lock:
            self._failures += 1
            if self._failures >= self.threshold:
                self._open_until = time.monotonic() + self.pause


class Call(Generic[T]):
    """A call under way; several can run side by side."""

    def __init__(
        self, breaker: Breaker, future: "Future[T] | None", refused: StoreUnavailable | None
    ) -> None:
        """Either a future, or the reason why there is none."""
        self._breaker = breaker
        self._future = future
        self._refused = refused
        self._started = time.monotonic()

    def result(self, deadline: float | None = None) -> T:
        """What the call gave, counted from its start; raises StoreUnavailable past the deadline."""
        if self._future is None:
            raise self._refused or StoreUnavailable(self._breaker.store)
        allowed = self._breaker.deadline if deadline is None else deadline
        left = max(0.0, self._started + allowed - time.monotonic())
        try:
            value = self._future.result(timeout=left)
        except DeadlineExceeded:
            self._breaker.failed()
            raise StoreUnavailable(self._breaker.store, "No answer in time.") from None
        except self._breaker.errors as error:
            self._breaker.failed()
            raise StoreUnavailable(self._breaker.store, type(error).__name__) from error
        self._breaker.succeeded()
        return value
