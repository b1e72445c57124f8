"""The first answers of a process: nobody shall wait for, or go without, what comes once.

Connections, the graph's pages and plans, the factors of the training and lazy imports cost the
first visitor of a process more than the time that a store has to answer.
"""

import time

from django.db import DatabaseError

from apps.common.errors import StoreUnavailable
from apps.graph.store import get_graph
from apps.movies.errors import UnknownMovie
from apps.movies.models import MovieStatistics
from apps.recommendations.similar import Wish, similar
from apps.vectors import factors

SECONDS = 3.0
PAUSE = 0.5
"""Not less: each look at a Neo4j that has not planned a question yet makes it plan once more."""


def warm(seconds: float = SECONDS) -> bool:
    """Ask what visitors ask, until no store is missing or the time is over; says which it was."""
    end = time.monotonic() + seconds
    while True:
        try:
            if _is_whole():
                return True
        except StoreUnavailable:
            pass
        except DatabaseError:
            return False
        if time.monotonic() >= end:
            return False
        time.sleep(PAUSE)


def _is_whole() -> bool:
    """Whether a store is missing from films like the best known one, or from a recommendation."""
    best = MovieStatistics.objects.order_by("-ratings", "-movie").values_list("movie", flat=True)
    try:
        missing = similar(Wish(like=(best.first() or 0,)), None).degraded
    except UnknownMovie:  # there are no films yet
        missing = ()
    factors.serving()
    get_graph().recommendation_evidence(0, 1, liked=(), without=())
    return not missing
