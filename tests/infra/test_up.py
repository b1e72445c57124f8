"""`up` and `down`, whatever was there before."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
import redis

from infra.embedded.addresses import store_addresses
from infra.embedded.credentials import load_credentials
from tests.infra.conftest import WITHOUT_NEO4J, Commands


def addresses_of(stack: Commands) -> dict[str, str]:
    return store_addresses(stack.layout, load_credentials(stack.layout), {})


def remember(stack: Commands) -> None:
    """Store a fact in Postgres and one in Valkey."""
    addresses = addresses_of(stack)
    connection = psycopg2.connect(addresses["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fact AS SELECT 42 AS number")
    connection.close()
    with redis.Redis.from_url(addresses["REDIS_URL"]) as client:
        client.set("fact", "42")
        client.waitaof(1, 0, 5000)


def remembered(stack: Commands) -> tuple[int, bytes]:
    addresses = addresses_of(stack)
    connection = psycopg2.connect(addresses["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT number FROM fact")
        row = cursor.fetchone()
    connection.close()
    with redis.Redis.from_url(addresses["REDIS_URL"]) as client:
        return row[0], client.get("fact")


def test_up_twice_says_so_and_starts_nothing(running: Commands) -> None:
    before = running.pids()
    assert set(before) == {"supervisor", "postgres", "valkey", "vectors"}
    assert "already up" in running.up()
    assert running.pids() == before


def test_data_outlives_a_power_cut_of_every_process(stack: Commands) -> None:
    stack.up()
    remember(stack)
    stack.kill(stack.pids())
    assert (stack.layout.data / "postgres" / "postmaster.pid").exists()
    assert (stack.layout.sockets / "supervisor.sock").exists()
    stack.up()
    assert remembered(stack) == (42, b"42")
    assert "is down" in stack.run("down").stdout
    assert stack.processes() == []
    assert "was not up" in stack.run("down").stdout
    assert stack.run("status").returncode == 1


def test_processes_that_lost_their_supervisor_are_ended_first(stack: Commands) -> None:
    stack.up()
    before = stack.pids()
    stack.kill({"supervisor": before["supervisor"]})
    assert "lost their supervisor" in stack.run("status").stdout
    assert "lost their supervisor" in stack.up()
    assert not set(before.values()) & set(stack.pids().values())


def test_a_pid_file_that_names_a_stranger_costs_the_stranger_nothing(stack: Commands) -> None:
    stack.up()
    stack.kill(stack.pids())
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    assert stranger.stdin is not None
    stale = stack.layout.data / "postgres" / "postmaster.pid"
    lines = stale.read_text().split("\n")
    stale.write_text("\n".join([str(stranger.pid), *lines[1:]]))
    stack.up()
    assert stranger.poll() is None
    stranger.stdin.close()
    stranger.wait()


def test_one_killed_process_comes_back_by_itself(running: Commands) -> None:
    before = running.pids()
    running.kill({"valkey": before["valkey"]})
    while running.run("status").returncode != 0:
        pass
    assert running.pids()["valkey"] != before["valkey"]


def test_a_taken_port_names_the_service_and_the_variable(stack: Commands) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.layout.valkey_port))
        taken.listen()
        done = stack.run("up", "--stores-only")
    assert done.returncode == 1
    assert f"port {stack.layout.valkey_port} (Valkey) is taken" in done.stderr
    assert "PORT_BASE" in done.stderr
    assert stack.processes() == []
    stack.up()


def test_a_full_disk_ends_in_a_sentence_and_does_no_harm(stack: Commands) -> None:
    limited = ("sh", "-c", 'ulimit -f 512; exec "$@"', "sh")
    done = stack.run("up", "--stores-only", prefix=limited)
    assert done.returncode == 1
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    stack.run("down")
    stack.up()


def test_a_long_path_moves_the_sockets(new_stack: Callable[..., Commands], tmp_path: Path) -> None:
    stack = new_stack(tmp_path / ("long" * 30) / "var", **WITHOUT_NEO4J)
    assert stack.layout.var not in stack.layout.sockets.parents
    stack.up()
    remember(stack)
    stack.run("down")
    assert not stack.layout.sockets.exists()


def test_two_stacks_run_side_by_side(
    stack: Commands, new_stack: Callable[..., Commands], tmp_path: Path
) -> None:
    other = new_stack(tmp_path / "other", **WITHOUT_NEO4J)
    stack.up()
    other.up()
    remember(stack)
    remember(other)
    assert not set(stack.pids().values()) & set(other.pids().values())


def test_reset_asks_first(stack: Commands) -> None:
    stack.up()
    refused = stack.run("reset", given="no\n")
    assert refused.returncode == 1
    assert "Nothing was deleted" in refused.stderr
    assert stack.run("status").returncode == 0
    assert stack.run("reset", given="yes\n").returncode == 0
    assert not stack.layout.data.exists()
    assert stack.processes() == []


def test_secrets_are_for_their_owner_alone(running: Commands) -> None:
    secrets = json.loads(running.layout.secrets_file.read_text())
    configuration = (running.layout.run / "supervisord.conf").read_text()
    command_lines = " ".join(" ".join(process.cmdline()) for process in running.processes())
    for secret in secrets.values():
        assert secret not in configuration
        assert secret not in command_lines
    assert running.layout.secrets_file.stat().st_mode & 0o077 == 0
