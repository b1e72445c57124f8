"""Fan-out on write: which timelines an author's news concerns, and what changes in them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from apps.feeds.audience import audiences
from apps.feeds.scripts import KEPT
from apps.feeds.timeline import Change, Timelines
from apps.movies.selectors import activity
from apps.movies.selectors.activity import Kind, Position
from apps.outbox.fences import Fence

SLICES = 20
"""Authors whose whole slices are read together."""

Fact = tuple[Kind, int, int]
"""Kind, actor and object of an activity that may be true or not."""


def push_facts(timelines: Timelines, facts: Collection[Fact], fence: Fence) -> set[int]:
    """Bring what is true of these facts now to their actors' followers; gives refused actors."""
    true = activity.positions_of(facts)
    put: dict[int, list[Position]] = defaultdict(list)
    drop: dict[int, list[str]] = defaultdict(list)
    for kind, actor_id, object_id in facts:
        entry = activity.entry_of(kind, actor_id, object_id)
        if entry in true:
            put[actor_id].append(true[entry])
        else:
            drop[actor_id].append(entry)
    actors = sorted({actor_id for _, actor_id, _ in facts})
    readers = audiences(actors)
    warm = timelines.warm({reader for them in readers.values() for reader in them})
    changes = (
        Change(reader, actor_id, put[actor_id], drop[actor_id])
        for actor_id in actors
        for reader in readers[actor_id]
        if reader in warm
    )
    return timelines.apply(changes, fence)


def place_authors(
    timelines: Timelines, pairs: Sequence[tuple[int, int]], fence: Fence
) -> set[tuple[int, int]]:
    """Make (reader, author) timelines hold the author's newest, or nothing when not followed.

    Gives the pairs that a higher fence refused.
    """
    warm = timelines.warm({reader for reader, _ in pairs})
    concerned = sorted(pair for pair in set(pairs) if pair[0] in warm)
    refused: set[tuple[int, int]] = set()
    for chunk in _by_author(concerned):
        authors = timelines.apply(_placements(chunk), fence)
        refused |= {pair for pair in chunk if pair[1] in authors}
    return refused


def _placements(pairs: Sequence[tuple[int, int]]) -> list[Change]:
    followed = activity.positions_of((Kind.FOLLOW, reader, author) for reader, author in pairs)
    wanted = [
        (reader, author)
        for reader, author in pairs
        if activity.entry_of(Kind.FOLLOW, reader, author) in followed
    ]
    authors = sorted({author for _, author in wanted})
    # A hub has no audience, so nobody who follows it is in one, and its slice is empty.
    pushed = [author for author, readers in audiences(authors).items() if readers]
    slices = activity.newest_of_each(pushed, limit=KEPT + 1)
    held = {pair: [fact.position for fact in slices.get(pair[1], ())] for pair in wanted}
    return [Change(*pair, put=held.get(pair, ()), whole=True) for pair in pairs]


def _by_author(pairs: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    by_author: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        by_author[pair[1]].append(pair)
    authors = list(by_author)
    for start in range(0, len(authors), SLICES):
        yield [pair for author in authors[start : start + SLICES] for pair in by_author[author]]
