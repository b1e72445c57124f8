"""Whether a start has anything to set up: not while the same code meets the same stores.

A look at every file costs a tenth of a second; Django with its migrations, checks and schemas
was a third of all that a start did.
"""

import hashlib
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from config import env
from infra.embedded.credentials import write_private
from infra.embedded.layout import CODE, ROOT
from infra.embedded.stack import Stack


def is_settled(stack: Stack) -> bool:
    """Whether the last setup was of just this; Postgres must answer.

    Never with a store of the user's own, which may have become another one.
    """
    try:
        noted = _note(stack).read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return not stack.own and noted == _fingerprint(stack)


def note_settled(stack: Stack) -> None:
    """Remember that every step was done; `make reset` forgets it with the data."""
    if not stack.own:
        write_private(_note(stack), _fingerprint(stack))


def _note(stack: Stack) -> Path:
    return stack.layout.data / "settled"


def _fingerprint(stack: Stack) -> str:
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    stores = sorted(
        (entry.name, entry.inode()) for entry in os.scandir(stack.layout.data) if entry.is_dir()
    )
    settings = env.read({**os.environ, **stack.application_environment}, development=True)
    addresses = sorted(stack.application_environment.items())
    told = repr((settings, addresses, packages, stores, _contents(stack), *files(ROOT)))
    return hashlib.sha256(told.encode()).hexdigest()


def _contents(stack: Stack) -> tuple[list[tuple[str, str]], bool]:
    """The migrations that the database has seen, and whether it holds any film.

    None and no film after a restore of nothing; no film after `manage.py flush`.
    """
    connection = psycopg2.connect(stack.application_environment["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
            migrations = cursor.fetchall()
            cursor.execute("SELECT EXISTS (SELECT FROM movies_movie)")
            return migrations, cursor.fetchall() == [(True,)]
    except psycopg2.errors.UndefinedTable:
        return [], False
    finally:
        connection.close()


def files(root: Path) -> Iterator[tuple[str, int, int]]:
    """Name, time and size of each file that a setup reads, in a checkout."""
    for top in (*CODE, "data"):
        for folder, subfolders, names in os.walk(root / top):
            subfolders[:] = sorted(name for name in subfolders if name != "__pycache__")
            for path in (Path(folder, name) for name in sorted(names)):
                found = path.stat()
                yield str(path), found.st_mtime_ns, found.st_size
