"""Named places at which a fault test ends, holds or fails this process; without a plan, nothing.

A plan is a list of `PLACE=ACTION CONDITION`, separated by commas:

    after_draw=kill once /tmp/kill-me, after_draw=raise for graph movies.rating 3:17

Actions: `kill` (SIGKILL to itself), `exit` (without any clean-up), `raise`, `pause`.
Conditions: `once FILE` is met by the first process that comes by while the file is there, which it
renames to FILE.taken; a pause lasts until that one is removed. `for DESTINATION TOPIC KEY` is met
by each delivery that holds the key.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured

PLACES = (
    "before_commit",
    "after_commit",
    "after_claim",
    "after_draw",
    "after_read",
    "after_apply",
    "after_delete",
)
"""A write before and after its commit; a delivery after each step. `after_claim` and `after_delete`
lie before the commit of their step."""


class Names(Protocol):
    """What says of which fact it is."""

    @property
    def topic(self) -> str:
        """The name of its topic."""

    @property
    def key(self) -> str:
        """Its key as text."""


class FailpointError(RuntimeError):
    """A failpoint was told to raise."""


@dataclass(frozen=True)
class _Failpoint:
    act: Callable[[str], None]
    file: str = ""
    fact: str = ""

    def is_met(self, destination: str, facts: Iterable[Names]) -> bool:
        if self.fact:
            return any(f"{destination} {fact.topic} {fact.key}" == self.fact for fact in facts)
        try:
            Path(self.file).rename(f"{self.file}.taken")
        except FileNotFoundError:
            return False
        return True


_plan: dict[str, list[_Failpoint]] = {}


def failpoint(place: str, destination: str = "", facts: Iterable[Names] = ()) -> None:
    """Do what the plan says of this place; almost free while there is none."""
    for point in _plan.get(place, ()):
        if point.is_met(destination, facts):
            os.write(2, f"failpoint {place}\n".encode())
            point.act(point.file)


def follow(plan: str) -> None:
    """Make this the plan of the process; ImproperlyConfigured when it is not understood."""
    _plan.clear()
    for entry in filter(None, map(str.strip, plan.split(","))):
        place, _, rest = entry.partition("=")
        action, _, condition = rest.partition(" ")
        word, _, value = condition.partition(" ")
        known = place in PLACES and action in _ACTIONS and value
        if not known or word not in ("once", "for") or (action == "pause" and word == "for"):
            raise ImproperlyConfigured(f"CINEMESH_FAILPOINTS holds {entry!r}.")
        met = {"once": {"file": value}, "for": {"fact": value}}[word]
        _plan.setdefault(place, []).append(_Failpoint(_ACTIONS[action], **met))


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _exit(_: str) -> None:
    os._exit(1)


def _raise(_: str) -> None:
    raise FailpointError("A failpoint was told to raise.")


def _pause(file: str) -> None:
    while Path(f"{file}.taken").exists():
        time.sleep(0.01)


_ACTIONS = {"kill": _kill, "exit": _exit, "raise": _raise, "pause": _pause}
