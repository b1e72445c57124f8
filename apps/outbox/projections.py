"""Whole projections: what each store can do besides taking single facts.

Each app announces its store here when it is ready, so that `sync_schemas`, `rebuild` and the
importer find all of them and no app below the stores has to know one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.module_loading import import_string

Progress = Callable[[str, int, int], None]
"""Told what is being copied, how many are done, and of how many."""


@dataclass(frozen=True)
class Projection:
    """A store that can be made anew from Postgres, by functions that dotted paths name.

    So only a process that rebuilds imports the store's driver. Without `schema` it needs none.
    `editions` is the module of a store that holds several generations of itself.
    """

    name: str
    rebuilding: str
    schema: str = ""
    editions: str = ""

    def ensure_schema(self) -> None:
        """Create what is missing (constraints, collections); may be called at any time."""
        if self.schema:
            import_string(self.schema)()

    def rebuild(self, progress: Progress) -> None:
        """Bring the store to what Postgres says, under fences of its own."""
        import_string(self.rebuilding)(progress)


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
