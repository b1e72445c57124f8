"""What the fault tests share: a look into every store, and a cluster of the product's processes."""

import json
import os
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from apps.outbox.projections import all_projections
from infra.embedded.testing import EmbeddedStores
from tests.faults.cluster import Cluster
from tests.faults.deliveries import stopping
from tests.faults.eyes import Eyes
from tests.faults.ledger import Ledger
from tests.faults.waiting import wait_until

SEED = int(os.environ.get("FAULTS_SEED", "1"))
KILLS = int(os.environ.get("FAULTS_KILLS", "20"))
WRITES = int(os.environ.get("FAULTS_WRITES", "5000"))
SILENT_SECONDS = float(os.environ.get("FAULTS_SILENT_SECONDS", "10"))
IS_LONG = SILENT_SECONDS >= 60
"""Times are gated by the long run alone: the short one shares its cores with other tests."""

MEMBERS, FILMS = 40, 250

Say = Callable[..., None]

APART = """
SELECT setval(pg_get_serial_sequence('movies_movie', 'id'), 3000000000000),
    setval(pg_get_serial_sequence('movies_person', 'id'), 3100000000000)
"""


@pytest.fixture(scope="session")
def _ids_apart(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """No member, film and person share a number: what is found of one is of no other."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(APART)


@pytest.fixture
def eyes(transactional_db: None, _ids_apart: None, stores: EmbeddedStores) -> Iterator[Eyes]:
    """A look into the stores, for a test whose every transaction is committed."""
    for projection in all_projections():
        projection.ensure_schema()
    looking = Eyes(stores.environment)
    with stopping():
        yield looking
    looking.close()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Print although the test passes."""

    def visibly(*words: object) -> None:
        with capsys.disabled():
            print("\n ", *words, end="", flush=True)

    return visibly


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The product's processes, on new stores; whoever changes something puts it back."""
    folder = tmp_path_factory.mktemp("faults")
    proxied = ("valkey", "neo4j", "vectors")
    with Cluster(folder, members=MEMBERS, films=FILMS, proxied=proxied) as running:
        yield running


@pytest.fixture(scope="session")
def ledger(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Members who will write, and films for them, everywhere already."""
    wait_until(lambda: not cluster.depths(), "the films in every store", seconds=120)
    return Ledger(cluster, tmp_path_factory.mktemp("ledger") / "log", seed=SEED)


@pytest.fixture
def settled(cluster: Cluster, ledger: Ledger, say: Say) -> Callable[[], None]:
    """Wait until nothing waits; then nothing may be lost, and every store equal Postgres."""

    def check() -> None:
        wait_until(lambda: not cluster.depths(), "an empty outbox", seconds=300)
        found = json.loads(cluster.run("manage.py", "reconcile", "--json"))
        lost = ledger.lost()
        say("answers", dict(ledger.statuses), "lost", len(lost), "drift", found["drift"])
        say(f"loss per acknowledged write < {3 / ledger.acknowledged:.1e} (3/n, 95 %)")
        assert ledger.impossible == []
        assert lost == []
        assert found["drift"] == 0, found

    return check
