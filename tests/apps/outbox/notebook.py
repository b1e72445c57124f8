"""A destination for tests of the relay itself: it notes what it was told, and fails as it is told.

It is a real destination of the real relay; only what is behind it is a list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apps.common import health
from apps.outbox.fences import Fence
from apps.outbox.registry import Destination, projects, serve
from apps.outbox.topics import Key, Topic, declare

NOTE = declare(Topic("tests.note", key=("owner", "note"), lane_by="owner", into=("notebook",)))


@dataclass
class Notebook:
    """What was delivered, as (keys, fence number), and what happens at a delivery."""

    deliveries: list[tuple[list[Key], int]] = field(default_factory=list)
    on_delivery: Callable[[Sequence[Key]], Sequence[Key] | None] = lambda keys: None
    alive: bool = True

    def keys(self) -> list[Key]:
        """Every delivered key, in order, with repetitions."""
        return [key for keys, _ in self.deliveries for key in keys]


current = Notebook()


@projects(NOTE, into="notebook")
def note(keys: Sequence[Key], fence: Fence) -> Sequence[Key] | None:
    """Deliver to the notebook of the running test; a failing delivery is not noted."""
    again = current.on_delivery(keys)
    current.deliveries.append((list(keys), fence.number))
    return again


def _ping() -> None:
    if not current.alive:
        raise ConnectionError


serve(Destination("notebook", "notebook", __name__, batch=100))
health.register(health.Probe("notebook", _ping))
