"""How the fault tests wait: for what they can see, never for a time."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 60.0


def wait_until(see: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """What `see` gives once it is something; AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while not (seen := see()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return seen
