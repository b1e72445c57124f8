"""Which stores there are and whether they answer. Each store registers its probe at start."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """Asks one store for a sign of life within 300 ms; raises when there is none."""

    store: str
    ping: Callable[[], None]
    required: bool = False


_probes: dict[str, Probe] = {}


def register(probe: Probe) -> None:
    """Make a store known to `/readyz` and to the relay's circuit."""
    _probes[probe.store] = probe


def answers(store: str) -> bool:
    """Whether the store gives a sign of life; a store that nobody registered does."""
    probe = _probes.get(store)
    return probe is None or _alive(probe)


def report() -> dict[str, bool]:
    """Each registered store and whether it answers."""
    return {name: _alive(probe) for name, probe in sorted(_probes.items())}


def missing_required(states: dict[str, bool]) -> bool:
    """Whether a store without which nothing can be served is away."""
    return any(not states[name] for name, probe in _probes.items() if probe.required)


def _alive(probe: Probe) -> bool:
    try:
        probe.ping()
    except Exception:  # noqa: BLE001 - a probe's every failure means the same
        return False
    return True
