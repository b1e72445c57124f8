"""For tests: deliver everything now, in this process."""

import time

from apps.outbox import relay
from apps.outbox.selectors import destination_status
from apps.outbox.topics import destinations


def drain_all(*, seconds: float = 20.0) -> int:
    """Drain every destination until nothing is left; AssertionError when something stays."""
    end = time.monotonic() + seconds
    delivered = 0
    while time.monotonic() < end:
        delivered += sum(relay.drain(destination) for destination in destinations())
        if not any(status.depth for status in destination_status()):
            return delivered
    raise AssertionError(f"Not drained after {seconds} s: {destination_status()}")
