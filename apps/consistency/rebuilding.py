"""Rebuilding a store with the checker's word on it: what the commands share."""

from importlib import import_module
from typing import cast

from apps.consistency.reconciling import reconcile
from apps.outbox import generations
from apps.outbox.generations import Editions
from apps.outbox.marks import compare
from apps.outbox.projections import Progress, Projection


def rebuild(projection: Projection, progress: Progress, *, variant: str = "") -> str:
    """Bring a store to what Postgres says while it serves; gives what was done, for people.

    A store that holds generations gets a new one, which serves once the checker finds it equal.
    `variant` is for that store: the vectors take the name of another embedding model.
    SetBack when the store is ahead of Postgres, which was restored then.
    """
    compare(projection.name)
    if not projection.editions:
        projection.rebuild(progress)
        return "rebuilt"
    store = projection.name

    def drift(generation: str) -> int:
        found = reconcile(stores={store}, generation=generation)
        return sum(kind.drifted for kind in found)

    name = generations.replace(store, editions_of(projection), drift, progress, variant=variant)
    return f"{name} serves. To go back: --rollback. To free the other's space: --finalise"


def editions_of(projection: Projection) -> Editions:
    """The module that makes, fills and clears the generations of a store."""
    return cast(Editions, import_module(projection.editions))
