"""The connection: what counts as being away, what does not, and what a fork may not share."""

import os
import time
from collections.abc import Callable

import pytest
from neo4j.exceptions import ClientError, CypherSyntaxError, DatabaseError, Neo4jError

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.graph.driver import Bolt, Transaction, get_bolt
from apps.graph.store import GraphStore
from apps.outbox.fences import draw
from apps.users.selectors import Member
from infra.embedded.testing import EmbeddedStores
from tests.apps.graph.conftest import answered


def test_a_wrong_query_is_no_outage(graph: GraphStore) -> None:
    with pytest.raises(CypherSyntaxError):
        graph.bolt.read_slowly("MATCH (")
    with pytest.raises(CypherSyntaxError):
        graph.bolt.write(lambda tx: tx.run("MATCH (").consume())


def test_readers_cannot_write(graph: GraphStore) -> None:
    with pytest.raises(ClientError, match="[Ww]rit"):
        graph.bolt.read_slowly("CREATE (:Nothing)")


def test_a_commit_that_the_server_cannot_write_down_is_no_fault_of_the_query(
    graph: GraphStore,
) -> None:
    def refused(code: str) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            raise Neo4jError._hydrate_neo4j(code=code, message="No space left on device")

        return work

    with pytest.raises(StoreUnavailable):
        graph.bolt.write(refused("Neo.DatabaseError.Transaction.TransactionCommitFailed"))
    with pytest.raises(DatabaseError):
        graph.bolt.write(refused("Neo.DatabaseError.Statement.ExecutionFailed"))


def test_a_child_process_gets_its_own_connection(graph: GraphStore) -> None:
    mine = get_bolt()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            fine = get_bolt() is not mine and get_bolt().read_slowly("RETURN 1 AS one")
            os.write(writer, b"fine" if fine else b"same")
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        assert answer.read() == b"fine"
    os.waitpid(child, 0)
    assert get_bolt() is mine
    assert mine.read_slowly("RETURN 1 AS one") == [{"one": 1}]


def test_a_silent_server_is_away_for_writers_before_their_lease_ends(
    graph: GraphStore, stores: EmbeddedStores, ids: range
) -> None:
    stores.pause("neo4j")
    try:
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            graph.put_users([Member(ids[0], "ana", False)], draw("graph"))
        assert time.monotonic() - started < 5
        assert not health.report()["graph"]
    finally:
        stores.resume("neo4j")
    answered(lambda: graph.put_users([Member(ids[0], "ana", False)], draw("graph")))


def test_a_server_that_was_restarted_is_found_again(
    graph: GraphStore, stores: EmbeddedStores
) -> None:
    graph.bolt.read_slowly("RETURN 1")
    stores.stop("neo4j", kill=True)
    try:
        with pytest.raises(StoreUnavailable):
            graph.bolt.read("RETURN 1")
    finally:
        stores.start("neo4j")
    assert answered(lambda: graph.bolt.read("RETURN 1 AS one")) == [{"one": 1}]
    graph.warm_up()


def test_closing_gives_the_connections_back(graph: GraphStore) -> None:
    bolt = Bolt()
    assert bolt.read_slowly("RETURN 1 AS one") == [{"one": 1}]
    bolt.close()
    with pytest.raises(StoreUnavailable):
        bolt.read_slowly("RETURN 1 AS one")
