"""Generations of the vectors: which collections are read, and which are written.

A generation `g1` owns the collections `films-g1` and `tastes-g1`. Postgres says which one lives;
a request resolves that once and asks the concrete collections, so no answer mixes two models.
"""

import time
from typing import Any

from django.db import connection

from apps.common.errors import StoreUnavailable
from apps.outbox import fences
from apps.outbox.fences import Fence
from apps.outbox.models import Generation

DESTINATION = "vectors"
FILMS = "films"
TASTES = "tastes"
SECONDS = 1.0
NONE = "No generation. Run: manage.py sync_schemas"

LIVE = """
SELECT name, (made_with ->> 'training')::bigint FROM outbox_generation
WHERE destination = %s AND state = 'live'
"""


class Pointer:
    """The live generation, read from Postgres at most once a second.

    `training` is the one whose factors it holds, None when it holds none.
    """

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.training: int | None = None
        self._name = ""
        self._until = 0.0

    def resolve(self) -> str:
        """The live generation; StoreUnavailable when none was ever made."""
        if time.monotonic() >= self._until:
            self._read()
        if not self._name:
            self.forget()
            raise StoreUnavailable(DESTINATION, NONE)
        return self._name

    def forget(self) -> None:
        """Read again next time: its collection is gone."""
        self._until = 0.0

    def _read(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LIVE, [DESTINATION])
            row = cursor.fetchone()
        self._name, self.training = row or ("", None)
        self._until = time.monotonic() + SECONDS


pointer = Pointer()


def made_with(generation: str) -> dict[str, Any]:
    """What was noted of a generation when it was made."""
    found = Generation.objects.filter(destination=DESTINATION, name=generation)
    noted: dict[str, Any] = found.values_list("made_with", flat=True).first() or {}
    return noted


def noted_of(state: Generation.State) -> dict[str, Any]:
    """The same of the live or the previous one, as Postgres has it now; empty without such."""
    found = Generation.objects.filter(destination=DESTINATION, state=state)
    noted: dict[str, Any] = found.values_list("made_with", flat=True).first() or {}
    return noted


def living() -> tuple[str, ...]:
    """Every generation that is written to."""
    return fences.living(DESTINATION)


def named_in(fence: Fence) -> tuple[str, ...]:
    """The generations that a delivery must be written to; StoreUnavailable when there is none."""
    if not fence.generations:
        raise StoreUnavailable(DESTINATION, NONE)
    return fence.generations


def films(generation: str) -> str:
    """The film collection of a generation."""
    return f"{FILMS}-{generation}"


def tastes(generation: str) -> str:
    """The taste collection of a generation."""
    return f"{TASTES}-{generation}"
