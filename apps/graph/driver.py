"""Bolt: one driver per process, deadlines that hold against a silent server, errors wrapped once.

The driver has no read timeout on the client's side, so every call runs on a bounded pool of
threads that its caller leaves in time (`apps.common.breaker`).
"""

import atexit
import contextlib
import os
from collections.abc import Callable
from typing import Any, LiteralString, TypeVar

from django.conf import settings
from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    NotificationMinimumSeverity,
    Query,
    unit_of_work,
)
from neo4j.exceptions import (
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from apps.common.breaker import Breaker, visitors_wait
from apps.graph.errors import GraphAway
from apps.graph.planning import AS_PLANNED, PLAN_ANEW
from apps.outbox.failpoints import failpoint

T = TypeVar("T")
Row = dict[str, Any]
Question = tuple[LiteralString, dict[str, Any]]
"""A query with parameters. Lists are given within a map: for a list of its own the server plans
anew with each order of magnitude of its length, while a visitor waits."""

Transaction = ManagedTransaction

STORE = "graph"
DATABASE = "neo4j"
SLOW_READ_SECONDS = 30.0
"""For what no visitor waits for: counts, sweeps."""

TRANSACTION_SECONDS = 4.0
"""A write's time on the server; with `WRITE_SECONDS` it stays below the relay's lease of 5 s."""

WRITE_SECONDS = 4.5
RACES = 5
"""How often a write starts anew that met a node which another transaction just deleted."""

AWAY = (DriverError, OSError, GraphAway)
_LOST_RACE = "Neo.ClientError.Statement.EntityNotFound"
_AWAY_CODES = (
    "Neo.ClientError.Transaction.",
    "Neo.ClientError.Security.",
    "Neo.ClientError.Cluster.",
    "Neo.DatabaseError.Transaction.",  # nothing of the query's: a disk is full, a log is broken
)


class Bolt:
    """Runs queries in one process: reads while visitors wait, writes within `WRITE_SECONDS`.

    Raises StoreUnavailable when Neo4j is away, slow, or keeps refusing for reasons that pass;
    an error in a query or its parameters stays what it is.
    """

    def __init__(self) -> None:
        """Connects on the first call."""
        self.asked = 0
        """How many `read`s there were: budgets of requests are held against it."""
        self._driver = _connect()
        self._reads = Breaker(STORE, errors=AWAY, deadline=visitors_wait)
        self._slow_reads = Breaker(STORE, errors=AWAY, deadline=SLOW_READ_SECONDS, threads=4)
        self._writes = Breaker(STORE, errors=AWAY, deadline=WRITE_SECONDS)

    def read(self, query: LiteralString, **parameters: Any) -> list[Row]:
        """The rows of a query that visitors wait for, in one READ transaction."""
        self.asked += 1
        return self._reads.call(lambda: self._read(AS_PLANNED + query, parameters, seconds=2.0))

    def plan(self, query: LiteralString, **parameters: Any) -> None:
        """Let the server plan a query anew by what it holds now, for all later `read`s of it."""
        self.read_slowly(PLAN_ANEW + query, **parameters)
        self.read_slowly(AS_PLANNED + query, **parameters)

    def read_slowly(self, query: LiteralString, **parameters: Any) -> list[Row]:
        """The rows of a query that nobody waits for."""
        return self._slow_reads.call(
            lambda: self._read(query, parameters, seconds=SLOW_READ_SECONDS)
        )

    def write(self, work: Callable[[Transaction], T]) -> T:
        """What `work` gave, once its transaction is committed; it may run more than once."""
        failpoint("after_read")
        return self._writes.call(lambda: self._write(work))

    def change_schema(self, statement: LiteralString) -> None:
        """One statement that changes constraints or indexes, in a transaction of its own."""

        def change() -> None:
            with self._driver.session(database=DATABASE) as session:
                session.run(statement).consume()

        self._slow_reads.call(lambda: _wrapped(change))

    def ping(self) -> None:
        """A sign of life within 300 ms; StoreUnavailable when there is none."""
        self._reads.call(lambda: self._read("RETURN 1", {}, seconds=1.0), deadline=0.25)

    def close(self) -> None:
        """Give the connections back."""
        self._driver.close()

    def _read(self, query: LiteralString, parameters: Row, *, seconds: float) -> list[Row]:
        def once() -> list[Row]:
            with self._driver.session(
                database=DATABASE, default_access_mode=READ_ACCESS
            ) as session:
                # Plain values come back as they are: `data()` would copy each of them again.
                return [dict(row) for row in session.run(Query(query, timeout=seconds), parameters)]

        try:
            return _wrapped(once)
        except (ServiceUnavailable, SessionExpired):
            # The server was restarted: the first use of an old connection finds it dead.
            return _wrapped(once)

    def _write(self, work: Callable[[Transaction], T]) -> T:
        bounded = unit_of_work(timeout=TRANSACTION_SECONDS)(work)

        def once() -> T:
            with self._driver.session(
                database=DATABASE, default_access_mode=WRITE_ACCESS
            ) as session:
                return session.execute_write(bounded)

        for _ in range(RACES):
            try:
                return _wrapped(once)
            except Neo4jError as error:
                if error.code != _LOST_RACE:
                    raise
        raise GraphAway(_LOST_RACE)


_current: tuple[int, Bolt] | None = None
_inherited: list[Bolt] = []
"""Of the parent process: never used, and never closed, for the sockets are the parent's."""


def get_bolt() -> Bolt:
    """This process's connection; a forked child makes its own, threads of the parent are gone."""
    global _current
    if _current is None or _current[0] != os.getpid():
        if _current is not None:
            _inherited.append(_current[1])
        _current = (os.getpid(), Bolt())
    return _current[1]


@atexit.register
def _close() -> None:
    if _current is not None and _current[0] == os.getpid():
        with contextlib.suppress(*AWAY):
            _current[1].close()


def _connect() -> Driver:
    neo4j = settings.ENVIRONMENT.neo4j  # type: ignore[misc]  # ours, typed in config.env
    return GraphDatabase.driver(
        neo4j.uri,
        auth=(neo4j.user, neo4j.password),
        connection_timeout=1.0,
        connection_acquisition_timeout=1.5,
        max_connection_pool_size=50,
        max_transaction_retry_time=2.5,
        initial_retry_delay=0.05,
        keep_alive=True,
        telemetry_disabled=True,
        notifications_min_severity=NotificationMinimumSeverity.OFF,
    )


def _wrapped(work: Callable[[], T]) -> T:
    try:
        return work()
    except Neo4jError as error:
        if isinstance(error, TransientError) or (error.code or "").startswith(_AWAY_CODES):
            raise GraphAway(error.code) from error
        raise
