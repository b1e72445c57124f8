"""Which function brings a topic's facts into a destination, and how large its batches are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, TypeVar, cast

from apps.outbox.fences import Fence
from apps.outbox.topics import Key, Topic, all_topics

Projector = Callable[[Sequence[Key], Fence], Iterable[Key] | None]
"""Reads what is true of the keys now and puts or drops it in the store, under the fence.

Idempotent; handles absence; returns the keys that must be read again later (None: all are done).
Raises StoreUnavailable when the store is away; any other error is the batch's own fault.
"""

F = TypeVar("F", bound=Callable[..., Iterable[Key] | None])

_projectors: dict[tuple[str, str], Projector] = {}
_destinations: dict[str, "Destination"] = {}


@dataclass(frozen=True)
class Destination:
    """A store as the relay sees it: its health probe's name and the keys that one batch takes.

    `projectors` is the module that registers them. Only a process that delivers to the destination
    imports it, and with it the store's driver. `remains` is the module that tells what the store
    holds at most; a store that is restored together with Postgres needs none.
    """

    name: str
    store: str
    projectors: str
    batch: int = 500
    remains: str = ""


class Remains(Protocol):
    """What a store holds at most, of which a restored Postgres may not know."""

    def highest_fence(self) -> int:
        """The high-water mark, in milliseconds; StoreUnavailable when the store is away."""

    def highest_ids(self) -> dict[str, int]:
        """The highest ids that name something there or once did, by table; may take seconds."""


def serve(destination: Destination) -> None:
    """Announce a destination; called when its app is ready."""
    _destinations[destination.name] = destination


def destination_named(name: str) -> Destination:
    """The announced destination; KeyError when no app serves it."""
    return _destinations[name]


def remains_of(destination: str) -> Remains | None:
    """What tells how much a destination's store holds, if there is need of it."""
    module = _destinations[destination].remains
    return cast(Remains, import_module(module)) if module else None


def projects(topic: Topic, *, into: str) -> Callable[[F], F]:
    """Register the decorated function as the one projector of a topic into a destination."""

    def register(function: F) -> F:
        if into not in topic.into:
            raise ValueError(f"{topic.name} does not go into {into!r}, but into {topic.into}")
        if _projectors.setdefault((topic.name, into), function) is not function:
            raise ValueError(f"{topic.name} has two projectors into {into!r}")
        return function

    return register


def projector_of(topic: str, destination: str) -> Projector:
    """The projector of a topic into a destination."""
    import_module(_destinations[destination].projectors)
    return _projectors[topic, destination]


def unserved() -> list[str]:
    """What is declared and has no projector or no destination; empty in a sound installation."""
    for destination in _destinations.values():
        import_module(destination.projectors)
    return [
        f"{topic.name} into {name}"
        for topic in all_topics()
        for name in topic.into
        if (topic.name, name) not in _projectors or name not in _destinations
    ]
