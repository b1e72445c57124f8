"""Fixtures for the graph: the store itself, fences in order, and answers without the deadline."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

import pytest

from apps.common.errors import StoreUnavailable
from apps.graph.store import GraphStore, get_graph
from apps.outbox.fences import Fence, draw

T = TypeVar("T")

_ids = count(10**12, 100)


@pytest.fixture
def graph(db: None, _schemas: None) -> GraphStore:
    """The graph of this test process, with its schema."""
    return get_graph()


@pytest.fixture
def fences(db: None) -> Iterator[Fence]:
    """Fences in rising order, above the floor of every other test."""
    return (draw("graph") for _ in count())


@pytest.fixture
def ids() -> range:
    """A hundred ids that no other test has, of no row in Postgres."""
    start = next(_ids)
    return range(start, start + 100)


def answered(ask: Callable[[], T], *, seconds: float = 60.0) -> T:
    """What `ask` gives once the server keeps the deadline: a cold or loaded one may miss it."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except StoreUnavailable:
            if time.monotonic() > end:
                raise
