"""The whole of Postgres into the graph: pages read here, written by threads beside.

The driver's packing, the reads and the server's writes each take their share of a core; side by
side they take half the time. Only this thread speaks to Postgres.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.common.errors import StoreUnavailable
from apps.graph.locking import chunks
from apps.outbox.actions import publish_many
from apps.outbox.fences import Fence, draw
from apps.outbox.projections import Progress
from apps.outbox.registry import projector_of
from apps.outbox.topics import Key, Topic

PAGE = 1_000
"""Objects under one fence."""

THREADS = 2
ROUNDS = 5
"""How often a page that failed, or a key that must be read again, is tried again."""


@dataclass(frozen=True)
class Stage:
    """A kind of object: which rows hold it, how a page of them is read, and how it is put.

    `put` gives the keys of `topic` that must be read again.
    """

    what: str
    topic: Topic
    rows: "QuerySet[Any]"
    read: Callable[[Sequence[int]], Sequence[Any]]
    put: Callable[[Sequence[Any], Fence], Iterable[Key] | None]


@dataclass(frozen=True)
class _Page:
    stage: Stage
    ids: Sequence[int]
    done: int
    total: int


def put_all(stages: Sequence[Stage], progress: Progress) -> None:
    """Everything of these stages, their pages in turns."""
    under_way: deque[tuple[_Page, Future[Iterable[Key] | None]]] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="graph-bulk") as pool:
        for page in _in_turns([list(_pages(stage)) for stage in stages]):
            fence = draw("graph")
            facts = page.stage.read(page.ids)
            under_way.append((page, pool.submit(page.stage.put, facts, fence)))
            if len(under_way) > THREADS:
                _finish(*under_way.popleft(), progress)
        while under_way:
            _finish(*under_way.popleft(), progress)


def _in_turns(queues: Sequence[Sequence[_Page]]) -> Iterator[_Page]:
    turns = chain.from_iterable(zip_longest(*queues))
    return (page for page in turns if page is not None)


def _pages(stage: Stage) -> Iterator[_Page]:
    """The ids as they are now; what comes later has messages of its own."""
    ids = list(stage.rows.order_by("pk").values_list("pk", flat=True))
    done = 0
    for part in chunks(ids, PAGE):
        done += len(part)
        yield _Page(stage, part, done, len(ids))


def _finish(page: _Page, put: "Future[Iterable[Key] | None]", progress: Progress) -> None:
    stage = page.stage
    try:
        again = put.result()
    except StoreUnavailable:
        again = _once_more(page)
    _read_again(stage.topic, again or ())
    progress(stage.what, page.done, page.total)


def _once_more(page: _Page) -> Iterable[Key] | None:
    """A page that met a server too slow for it, under a new fence; in the end StoreUnavailable."""
    for pause in range(1, ROUNDS):
        time.sleep(pause)
        fence = draw("graph")
        try:
            return page.stage.put(page.stage.read(page.ids), fence)
        except StoreUnavailable:
            continue
    fence = draw("graph")
    return page.stage.put(page.stage.read(page.ids), fence)


def _read_again(topic: Topic, keys: Iterable[Key]) -> None:
    """Ends that were dropped or came back meanwhile: in the end the relay reads them again."""
    left = list(keys)
    for _ in range(ROUNDS):
        if not left:
            return
        left = list(projector_of(topic.name, "graph")(left, draw("graph")) or ())
    with transaction.atomic():
        publish_many(topic, left)
