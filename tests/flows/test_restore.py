"""Postgres goes back to an older backup while the stores keep what they have; then it is mended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from infra.embedded.layout import ROOT
from infra.embedded.testing import EmbeddedStores
from tests.embedding import HashedWordsService

BEFORE = """
from tests.factories import make_movie, make_user
from apps.movies.actions import rate_movie
from apps.users.actions import follow_user
ana, ben = make_user("ana"), make_user("ben")
follow_user(follower=ana, followee=ben)
rate_movie(user=ben, movie=make_movie("Kept", actors=("Old Face",)), half_stars=10)
"""

LOST = """
from tests.factories import make_movie, make_user
from apps.movies.actions import rate_movie, update_movie, unrate_movie
from apps.movies.models import Movie
from apps.users.models import User
ben, kept = User.objects.get(username="ben"), Movie.objects.get(title="Kept")
update_movie(movie=kept, title="Renamed")
unrate_movie(user=ben, movie=kept)
lost = make_movie("Lost", actors=("New Face",))
rate_movie(user=make_user("cat"), movie=lost, half_stars=9)
print(lost.pk)
"""

AFTER = """
from tests.factories import make_movie, make_user
from apps.movies.actions import rate_movie
from apps.users.models import User
new = make_movie("New", actors=("Third Face",))
rate_movie(user=User.objects.get(username="ana"), movie=new, half_stars=8)
rate_movie(user=make_user("NAME"), movie=new, half_stars=2)
print(new.pk)
"""

STATUS = """
from apps.outbox.selectors import destination_status
print(*(one.destination for one in destination_status() if "after_restore" in one.advice))
"""

SIGN_IN = """
from django.contrib.sessions.backends.db import SessionStore
SessionStore().create()
"""

SESSIONS = """
from django.contrib.sessions.models import Session
print(Session.objects.count())
"""


class Installation:
    """Stores of its own and the commands of an operator."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.url = environment["DATABASE_URL"]
        self._environment = {
            **os.environ,
            **environment,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        }

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """What a command printed that must succeed."""
        finished = self.manage(*arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout.strip()

    def run(self, code: str) -> str:
        """What some Python printed."""
        return self.done("shell", "--no-imports", "-c", code)

    def copy_database(self, source: str, target: str) -> None:
        """A database in place of another, as a backup and as its restore."""
        address = urlunsplit(urlsplit(self.url)._replace(path="/postgres"))
        connection = psycopg2.connect(address)
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {target} TEMPLATE {source}")

    def reconciled(self) -> dict[str, Any]:
        """The checker's whole view."""
        found: dict[str, Any] = json.loads(self.manage("reconcile", "--json").stdout)
        return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """All stores and a model, with the schemas in place."""
    with EmbeddedStores(tmp_path / "stores") as stores, HashedWordsService() as model:
        made = Installation(
            {**stores.environment, "MAIL_DIR": str(tmp_path), "EMBEDDING_URL": model.url}
        )
        made.done("migrate", "-v0")
        made.done("sync_schemas")
        yield made


def test_a_restored_postgres_is_followed_again_and_loses_no_new_fact(
    installation: Installation,
) -> None:
    database = urlsplit(installation.url).path.strip("/")
    installation.run(BEFORE)
    installation.done("drain_outbox")
    installation.copy_database(database, "backup")
    lost = int(installation.run(LOST))
    installation.done("drain_outbox")
    installation.done("rebuild", "vectors")
    installation.done("rebuild", "vectors", "--finalise", "--yes")
    installation.copy_database("backup", database)

    assert "vectors: highest fence" in installation.done("after_restore", "--dry-run")
    installation.run(SIGN_IN)
    # May take the id of what was lost; that is why the web server should be stopped.
    installation.run(AFTER.replace("NAME", "dan"))
    refused = installation.done("drain_outbox").splitlines()
    assert {"graph: 0 messages done", "vectors: 0 messages done"} <= set(refused)
    assert {"graph", "vectors"} <= set(installation.run(STATUS).split())
    for store in ("graph", "vectors"):
        assert "after_restore" in installation.manage("rebuild", store).stderr

    said = installation.done("after_restore", "--yes")
    assert "epoch 1" in said
    assert installation.run(SESSIONS) == "0"
    assert installation.run(STATUS) == ""
    assert int(installation.run(AFTER.replace("NAME", "eve"))) > lost + 1000
    installation.done("drain_outbox")
    found = installation.reconciled()
    assert found["drift"] == 0
    assert [kind["explained"] for kind in found["kinds"]] == [{}] * len(found["kinds"])
    films = next(kind for kind in found["kinds"] if kind["kind"] == "film vectors")
    assert films["found"] == films["expected"] == 3
