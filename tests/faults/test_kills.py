"""Nothing that was acknowledged is lost, wherever and whenever processes are killed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster
from tests.faults.conftest import KILLS, SEED, WRITES, Say
from tests.faults.killer import Killer
from tests.faults.ledger import Ledger
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.timeout(14_400)


def test_no_kill_loses_a_write(
    cluster: Cluster, ledger: Ledger, settled: Callable[[], None], tmp_path: Path, say: Say
) -> None:
    killer = Killer(cluster, tmp_path, seed=SEED, kills=KILLS)
    cluster.restart(*cluster.names)
    cluster.await_web()
    with ledger.writing():
        killer.run(lambda number: ledger.acknowledged >= number * WRITES / KILLS)
        wait_until(lambda: ledger.acknowledged >= WRITES, "the last write", seconds=3_600)
    say("seed", SEED, "kills", killer.landed.total(), dict(sorted(killer.landed.items())))
    settled()
