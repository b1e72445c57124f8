"""One run of the checker over every kind: what the command, the task and a rebuild share."""

from collections.abc import Collection, Iterator

from apps.consistency.comparison import Comparison, Watch, compare
from apps.consistency.kinds import all_kinds
from apps.consistency.repair import leave, publish_again


def reconcile(
    *,
    repair: bool = False,
    stores: Collection[str] = (),
    generation: str = "",
    watch: Watch = lambda side, facts: facts,
) -> Iterator[Comparison]:
    """Compare each kind in turn, of some stores or of all, and publish what drifted if told to.

    `generation` names the generation of the vectors to read; by default the live one.
    """
    with all_kinds(generation) as kinds:
        for kind in kinds:
            if not stores or kind.destination in stores:
                yield compare(kind, watch=watch, mend=publish_again if repair else leave)
