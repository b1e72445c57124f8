"""The stores that tests get: they stop, fall silent and come back, and never outlive the test."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from infra.embedded.layout import ROOT, Layout
from infra.embedded.testing import EmbeddedStores

FAST = ("postgres", "valkey", "vectors")
ORPHANS = """
import os, signal, sys
from pathlib import Path
from infra.embedded.testing import EmbeddedStores

with EmbeddedStores(Path(sys.argv[1]), only=("postgres", "valkey", "vectors")) as stores:
    stores.pause("valkey")
    print(*(stores.pid(name) for name in ("postgres", "valkey", "vectors")), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_store_stops_falls_silent_and_comes_back(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path, only=FAST, durable=True) as stores:
        address = stores.environment["REDIS_URL"]
        with redis.Redis.from_url(address, socket_timeout=0.3) as client:
            client.set("fact", "42")
            stores.pause("valkey")
            with pytest.raises(redis.TimeoutError):
                client.ping()
            stores.resume("valkey")
            assert client.ping()
        stores.stop("valkey")
        with redis.Redis.from_url(address) as client, pytest.raises(redis.ConnectionError):
            client.ping()
        stores.start("valkey")
        with redis.Redis.from_url(address) as client:
            assert client.get("fact") == b"42"


def test_a_stopped_postgres_leaves_no_process(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path, only=("postgres",)) as stores:
        connection = psycopg2.connect(stores.environment["DATABASE_URL"])
        family = psutil.Process(stores.pid("postgres")).children(recursive=True)
        assert family
        stores.stop("postgres")
        assert not [process for process in family if process.is_running()]
        connection.close()
        stores.start("postgres")


def test_nothing_outlives_a_killed_test_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ORPHANS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 3, done.stderr
    deadline = time.monotonic() + 20
    while any(map(psutil.pid_exists, pids)):
        assert time.monotonic() < deadline
    shutil.rmtree(Layout(var=tmp_path).sockets, ignore_errors=True)
