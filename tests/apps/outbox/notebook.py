"""A destination for tests of the relay itself: it notes what it was told, and fails as it is told.

It is a real destination of the real relay; only what is behind it is a list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.outbox.fences import Fence
from apps.outbox.models import Circuit, Failure, Lane
from apps.outbox.registry import Destination, projects, serve
from apps.outbox.topics import Key, Topic, declare

PAST = datetime(2000, 1, 1, tzinfo=UTC)
NOTE = declare(Topic("tests.note", key=("owner", "note"), lane_by="owner", into=("notebook",)))


@dataclass
class Notebook:
    """What was delivered, as (keys, fence number), and what happens at a delivery."""

    deliveries: list[tuple[list[Key], int]] = field(default_factory=list)
    on_delivery: Callable[[Sequence[Key]], Sequence[Key] | None] = lambda keys: None
    alive: bool = True
    mark: int = 0

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


def let_time_pass() -> None:
    """As if every back-off, lease and open circuit had run out."""
    Failure.objects.update(next_at=PAST)
    Circuit.objects.update(open_until=PAST)
    Lane.objects.filter(destination="notebook").update(leased_until=PAST)


def raising(error: Exception, *bad: Key) -> Callable[[Sequence[Key]], None]:
    """What happens at a delivery that holds a bad key; without any, at each."""

    def deliver(keys: Sequence[Key]) -> None:
        if not bad or set(bad) & set(keys):
            raise error

    return deliver


def _ping() -> None:
    if not current.alive:
        raise ConnectionError


def highest_fence() -> int:
    """What the notebook of the running test says that it holds."""
    if not current.alive:
        raise StoreUnavailable("notebook")
    return current.mark


def highest_ids() -> dict[str, int]:
    """None."""
    return {}


serve(Destination("notebook", "notebook", __name__, batch=100, remains=__name__))
health.register(health.Probe("notebook", _ping))
