"""Generations: a projection built anew beside the one that serves, and the step from one to other.

Every living generation is written to; only the live one is read. So the step is one update, and
so is the step back. A name is never used twice: whoever is late still means the old one.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.common.locks import one_at_a_time
from apps.outbox.claims import wait_for_claims
from apps.outbox.errors import AnotherRebuild, GivenUp, NoPrevious, NotEqual
from apps.outbox.models import Epoch, Generation
from apps.outbox.projections import Progress

logger = logging.getLogger(__name__)

State = Generation.State

LOCK = "generations"
"""Whoever makes or clears generations of a store holds this lock of it."""


class Editions(Protocol):
    """A store that holds several generations of itself; a module that has these functions."""

    def create(self, generation: str, variant: str) -> dict[str, Any]:
        """Make the empty generation; gives what must be known to write to it.

        `variant` is what an operator asked for, or empty.
        """

    def fill(self, generation: str, progress: Progress) -> None:
        """Copy all facts into it, under fences of its own."""

    def serve(self, generation: str) -> None:
        """Show people outside the live one."""

    def clear(self) -> None:
        """Remove what no living generation owns."""


Compare = Callable[[str], int]
"""How many facts in a generation are not as Postgres says; those on their way do not count."""


def replace(
    destination: str,
    editions: Editions,
    compare: Compare,
    progress: Progress,
    *,
    variant: str = "",
) -> str:
    """Build a generation beside the live one and let it serve once it is equal; gives its name.

    Whatever goes wrong ends the new one and nothing else. What served until now stays in step, as
    `previous`, until `finalise`.
    """
    with _one_at_a_time(destination):
        _retire_leftover(destination)
        editions.clear()
        name = new_name(destination)
        made_with = editions.create(name, variant)  # before anyone is told to write to it
        Generation.objects.create(destination=destination, name=name, made_with=made_with)
        try:
            wait_for_claims(destination)
            editions.fill(name, progress)
            _switch(destination, name, drift=compare(name))
        except BaseException:
            _give_up(destination, name)
            with suppress(StoreUnavailable):  # the next rebuild clears as well
                editions.clear()
            raise
        editions.serve(name)
        editions.clear()
    return name


def roll_back(destination: str, editions: Editions) -> str:
    """Let the previous generation serve again, and keep the other in step; gives the name."""
    with transaction.atomic():
        mine = _of(destination).select_for_update()
        previous = mine.filter(state=State.PREVIOUS).first()
        if previous is None:
            raise NoPrevious
        mine.filter(state=State.LIVE).update(state=State.PREVIOUS)
        mine.filter(pk=previous.pk).update(state=State.LIVE)
        # Before the commit: told of a failure, one steps back again, which must not be forward.
        editions.serve(previous.name)
    return previous.name


def finalise(destination: str, editions: Editions) -> None:
    """Retire the previous generation and free its space; AnotherRebuild while one is made."""
    with _one_at_a_time(destination):
        if not _of(destination).filter(state=State.PREVIOUS).update(state=State.RETIRED):
            raise NoPrevious
        editions.clear()


def end_leftover(destination: str, editions: Editions) -> None:
    """Retire a generation whose building was killed: every delivery would write to it for ever."""
    with suppress(AnotherRebuild), _one_at_a_time(destination):
        if _retire_leftover(destination):
            editions.clear()


@contextmanager
def sparing_others(destination: str, generation: str, store: str) -> Iterator[None]:
    """Write to a generation: the live one's errors are the message's, another's are its own end.

    While the whole store is away nobody is to blame.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, StoreUnavailable) and not health.answers(store):
            raise
        if _give_up(destination, generation):
            logger.exception("%s %s is given up", destination, generation)
        elif not _of(destination).filter(name=generation, state=State.RETIRED).exists():
            raise


def check_building(destination: str, generation: str) -> None:
    """GivenUp when a writer has given a generation up since its building began."""
    if not _of(destination).filter(name=generation, state=State.BUILDING).exists():
        raise GivenUp


def new_name(destination: str) -> str:
    """A name that no generation had, for one that the caller creates while nobody else does.

    After a restore it carries the epoch: Postgres may not know which ones there were.
    """
    epoch = Epoch.objects.values_list("number", flat=True).first() or 0
    return f"g{_of(destination).count() + 1}" + (f"e{epoch}" if epoch else "")


@transaction.atomic
def _switch(destination: str, name: str, *, drift: int) -> None:
    if drift:
        raise NotEqual(f"{drift} facts in {name} are not as Postgres says; it was given up.")
    mine = _of(destination).select_for_update()
    check_building(destination, name)
    mine.filter(state=State.PREVIOUS).update(state=State.RETIRED)
    mine.filter(state=State.LIVE).update(state=State.PREVIOUS)
    mine.filter(name=name).update(state=State.LIVE)


def _give_up(destination: str, name: str) -> bool:
    mine = _of(destination).filter(name=name, state__in=[State.BUILDING, State.PREVIOUS])
    return bool(mine.update(state=State.RETIRED))


def _of(destination: str) -> QuerySet[Generation]:
    return Generation.objects.filter(destination=destination)


def _retire_leftover(destination: str) -> bool:
    return bool(_of(destination).filter(state=State.BUILDING).update(state=State.RETIRED))


def _one_at_a_time(destination: str) -> AbstractContextManager[None]:
    return one_at_a_time(LOCK, destination, AnotherRebuild)
