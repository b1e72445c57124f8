"""What a service is: a command, what must be there before it, and how to see that it answers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.errors import NotReadyError

POLL_SECONDS = 0.05


def nothing() -> None:
    """Needs nothing to be there before it, or sees no reason to stop."""


@dataclass(frozen=True)
class Service:
    """One process of the stack: `prepare`, then `command`, until `ready` raises nothing."""

    name: str
    command: tuple[str, ...]
    directory: Path
    ready: Callable[[], None]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = nothing
    stop_signal: str = "TERM"
    stop_seconds: int = 30
    niceness: int = 0


def wait_ready(
    service: Service, *, seconds: float, still_runs: Callable[[], None] = nothing
) -> None:
    """Poll until the service answers; `still_runs` raises when waiting has become pointless."""
    deadline = time.monotonic() + seconds
    while True:
        still_runs()
        try:
            service.ready()
        except Exception as error:
            if time.monotonic() > deadline:
                reason = str(error).strip() or type(error).__name__
                raise NotReadyError(
                    f"{service.name} did not answer within {seconds:.0f} s: {reason}"
                ) from error
        else:
            return
        time.sleep(POLL_SECONDS)
