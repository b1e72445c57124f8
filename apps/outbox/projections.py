"""Whole projections: what each store can do besides taking single facts.

Each app announces its store here when it is ready, so that `sync_schemas`, `rebuild` and the
importer find all of them and no app below the stores has to know one.
"""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""Told what is being copied, how many are done, and of how many."""


@dataclass(frozen=True)
class Projection:
    """A store that can be made anew from Postgres.

    `ensure_schema` creates what is missing (constraints, collections) and may be called at any
    time; `rebuild` brings the store to what Postgres says, under fences of its own.
    """

    name: str
    ensure_schema: Callable[[], None]
    rebuild: Callable[[Progress], None]


_projections: dict[str, Projection] = {}


def announce(projection: Projection) -> None:
    """Make a projection known."""
    _projections[projection.name] = projection


def projection_named(name: str) -> Projection:
    """The announced projection; KeyError for another name."""
    return _projections[name]


def all_projections() -> tuple[Projection, ...]:
    """Every announced projection, in the order of INSTALLED_APPS."""
    return tuple(_projections.values())
