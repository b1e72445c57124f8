"""What the other commands print, and when they refuse."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from infra.embedded.addresses import own_stores
from infra.embedded.credentials import Credentials
from infra.embedded.errors import EmbeddedError
from infra.embedded.layout import ROOT, port_base_of
from tests.infra.conftest import Commands

MAIL = b"""\
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64
Subject: =?utf-8?q?Am=C3=A9lie_follows_you?=
From: Cinemesh <no-reply@cinemesh.invalid>
To: ana@example.invalid
Date: Tue, 24 Nov 2026 06:00:00 -0000

QW3DqWxpZSBmb2xsb3dzIHlvdS4=

"""


def test_env_refuses_when_down(stack: Commands) -> None:
    down = stack.run("env")
    assert (down.returncode, down.stdout) == (1, "")
    assert "make up" in down.stderr


def test_a_reader_may_leave_before_all_is_said(stack: Commands) -> None:
    unread = ("bash", "-c", '"$@" | true; exit "${PIPESTATUS[0]}"', "bash")
    left = stack.run("status", prefix=unread)
    assert (left.returncode, left.stderr) == (1, "")


def test_an_evaluation_tells_its_options_without_any_stores() -> None:
    nothing = {"PATH": os.environ["PATH"]}
    asked = (sys.executable, "-m", "infra.evaluation", "--help")
    told = subprocess.check_output(asked, cwd=ROOT, env=nothing, text=True)
    assert "--data" in told
    assert "--only" in told


def test_env_is_for_eval(running: Commands) -> None:
    said = running.run("env").stdout
    told = subprocess.run(
        ["sh", "-c", f'{said}\nprintf %s "$DATABASE_URL|$WEB_URL|$MAIL_DIR|$NEO4J_PASSWORD"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("|")
    assert told[0].startswith("postgres://cinemesh:")
    assert told[1] == f"http://127.0.0.1:{running.layout.web_port}"
    assert told[2] == str(running.layout.mail)
    assert told[3] == running.environment["NEO4J_PASSWORD"]


def test_postgres_writes_down_no_statement_and_no_value(running: Commands) -> None:
    said = running.run("env").stdout
    address = subprocess.check_output(["sh", "-c", f'{said}\nprintf %s "$DATABASE_URL"'], text=True)
    connection = psycopg2.connect(address)
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW log_min_duration_statement")
        assert cursor.fetchone() == ("-1",)
        cursor.execute("CREATE TEMPORARY TABLE address (email text UNIQUE)")
        insert = "INSERT INTO address VALUES ('ana@example.invalid')"
        cursor.execute(insert)
        with pytest.raises(psycopg2.errors.UniqueViolation):
            cursor.execute(insert)
    connection.close()
    log = running.layout.log / "postgres.log"  # the supervisor writes it
    end = time.monotonic() + 20
    while "duplicate key" not in log.read_text():
        assert time.monotonic() < end
    assert "ana@" not in log.read_text()


def test_mail_is_readable(stack: Commands) -> None:
    stack.layout.mail.mkdir(parents=True)
    separator = b"-" * 79 + b"\n"
    (stack.layout.mail / "1.log").write_bytes(MAIL + separator + MAIL + separator)
    said = stack.run("mail").stdout
    assert said.count("Subject: Amélie follows you") == 2
    assert said.count("Amélie follows you.") == 2


def test_logs_of_a_stranger_name_those_that_exist(running: Commands) -> None:
    done = running.run("logs", "nobody")
    assert done.returncode == 1
    assert "postgres" in done.stderr
    assert "ready to accept connections" in running.run("logs", "postgres").stdout


def test_a_store_of_the_users_own_is_used_instead() -> None:
    ours = Credentials()
    given = {"REDIS_URL": "redis://elsewhere.invalid/0", "PATH": "/bin"}
    assert own_stores(given, ours) == {"REDIS_URL": "redis://elsewhere.invalid/0"}


def test_addresses_from_make_env_are_not_the_users_own() -> None:
    ours = Credentials()
    given = {
        "DATABASE_URL": f"postgres://cinemesh:{ours.postgres}@/cinemesh?host=/x",
        "QDRANT_URL": "http://127.0.0.1:8004",
        "QDRANT_API_KEY": ours.vectors,
        "NEO4J_URI": "bolt://127.0.0.1:8003",
        "NEO4J_USER": "neo4j",
        "NEO4J_PASSWORD": ours.neo4j,
    }
    assert own_stores(given, ours) == {}


def test_half_an_address_is_refused() -> None:
    with pytest.raises(EmbeddedError, match="NEO4J_USER, NEO4J_PASSWORD must be set"):
        own_stores({"NEO4J_URI": "bolt://elsewhere.invalid"}, Credentials())


@pytest.mark.parametrize("text", ["80", "65535", "8000.5", "٨٠٠٠", "http"])
def test_a_wrong_port_base_is_named(text: str) -> None:
    with pytest.raises(EmbeddedError, match="PORT_BASE must be a number"):
        port_base_of({"PORT_BASE": text})


def test_a_second_make_installs_nothing(tmp_path: Path) -> None:
    """With stamps newer than the lock files, `make up` comes down to one command."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements/bootstrap.lock",
        "requirements/core.lock",
    ):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    stamps = tmp_path / ".venv" / "stamps"
    stamps.mkdir(parents=True)
    for name in ("bootstrap", "core"):
        (stamps / name).touch()
    said = subprocess.run(
        ["make", "-n", "up"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [".venv/bin/python", "-m", "infra.embedded", "up"]
