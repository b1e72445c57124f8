"""Deliveries that stop before they write to a store, and go on when they are told to.

A zombie is a relay that read long ago and writes late. Here it is `relay.deliver` itself, on a
thread of its own, that waits for its turn before its first write to a store and after each one.
Nothing else is changed, and one thread runs at a time: every schedule is exact.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections

from apps.feeds.timeline import Timelines
from apps.graph.driver import Bolt
from apps.outbox import relay
from apps.outbox.claims import Claim, Seen
from apps.outbox.fences import draw
from apps.outbox.models import Circuit, Failure, Lane, Message
from apps.outbox.selectors import destination_status
from apps.outbox.topics import destinations
from apps.recommendations import statistics
from apps.vectors import writes

PAST = datetime(2000, 1, 1, tzinfo=UTC)
SECONDS = 60.0
ROUNDS = 10
"""How often everything may be tried in vain, as while a store is busy."""

WRITES: tuple[tuple[Any, str], ...] = (
    (Bolt, "write"),
    (writes, "_write"),
    (Timelines, "apply"),
    (Timelines, "drop"),
    (statistics, "refresh"),
)
"""Where facts that were read go into a store. The last one reads and writes in one statement."""

_here = threading.local()


class _Killed(BaseException):
    """Not an error that the relay could handle."""


class Delivery:
    """One `relay.deliver` of a claim; when it is made, it has read and stands before its write."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.is_over = False
        self.has_written = False
        self._error: BaseException | None = None
        self._is_killed = False
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._connection = connections["default"]
        threading.Thread(target=self._run, daemon=True).start()
        self._wait()

    def step(self) -> None:
        """Let it do one write, or end."""
        if not self.is_over:
            self.has_written = True
            self._go.release()
            self._wait()

    def wake(self) -> None:
        """Let it come to its end, which deletes the messages of its claim."""
        while not self.is_over:
            self.step()

    def kill(self) -> None:
        """End it where it stands."""
        self._is_killed = True
        self.wake()

    def stop(self) -> None:
        """Wait for `step`; called on the thread of the delivery."""
        self._stands.release()
        self._go.acquire()
        if self._is_killed:
            raise _Killed

    def _run(self) -> None:
        connections["default"] = self._connection  # lent by whoever waits meanwhile
        _here.delivery, _here.has_stopped = self, False
        try:
            relay.deliver(self.claim)
        except _Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the test can see it
            self._error = error
        self.is_over = True
        self._stands.release()

    def _wait(self) -> None:
        assert self._stands.acquire(timeout=SECONDS), "a delivery neither stops nor ends"
        if self._error is not None:
            raise self._error


@contextmanager
def stopping() -> Iterator[None]:
    """While this holds, a Delivery stops at each write; every other writer is let through."""
    connection.inc_thread_sharing()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in WRITES:
                patch.setattr(owner, name, _stopping(getattr(owner, name)))
            yield
    finally:
        connection.dec_thread_sharing()


def _stopping(write: Callable[..., Any]) -> Callable[..., Any]:
    def stop_and_write(*args: Any, **options: Any) -> Any:
        delivery: Delivery | None = getattr(_here, "delivery", None)
        if delivery is None:
            return write(*args, **options)
        if not _here.has_stopped:
            _here.has_stopped = True
            delivery.stop()
        written = write(*args, **options)
        delivery.stop()
        return written

    return stop_and_write


def claim(destination: str, *topics: str, keys: Sequence[str] = ()) -> Claim:
    """What waits for a destination (of these topics and keys alone), claimed without a lease.

    Two of them may hold the same messages: that is what a lease that ran out comes to.
    """
    messages = Message.objects.filter(destination=destination).order_by("id")
    messages = messages.filter(topic__in=topics) if topics else messages
    messages = messages.filter(key__in=keys) if keys else messages
    seen = tuple(Seen(*row) for row in messages.values_list("id", "topic", "key"))
    return Claim(destination, (0,), draw(destination), seen)


def settle() -> None:
    """Deliver until nothing is left, as if every lease, rest and dead letter had had its time."""
    left, standstill = Message.objects.count(), 0
    while left:
        assert standstill < ROUNDS, destination_status()
        let_time_pass()
        for destination in destinations():
            relay.drain(destination)
        before, left = left, Message.objects.count()
        standstill = 0 if left < before else standstill + 1


def let_time_pass() -> None:
    """Leases run out, rests end, circuits close, and an operator replays what was parked."""
    Lane.objects.update(leased_until=PAST)
    Failure.objects.update(next_at=PAST, parked_at=None, parked_through=0)
    Circuit.objects.all().delete()
