"""Java's own archive of loaded classes: with it Neo4j starts with two thirds of the work.

It is made once per Java by a trial run of Neo4j, after a first start is complete. The trial plans
the application's questions too, or the classes of the planner would be missing. Java checks the
archive against its jars and starts without it when they differ, so it can be stale, never wrong.
"""

import subprocess
import tempfile
from pathlib import Path

from infra.embedded.errors import EmbeddedError
from infra.embedded.free_ports import free_port_base
from infra.embedded.neo4j.java import java
from infra.embedded.neo4j.planning import plan_questions
from infra.embedded.neo4j.service import archive_files, neo4j, neo4j_uri
from infra.embedded.services import wait_ready

_PASSWORD = "trial-run"  # noqa: S105 - of a server that lives for seconds
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0


def make_archive() -> None:
    """Make the archive if this Java has none yet; leave nothing behind when it fails."""
    base, classes = archive_files()
    if classes.exists():
        return
    base.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base.parent, prefix="unfinished-") as folder:
        unfinished = Path(folder) / classes.name
        _make_base(base)
        _trial_run(Path(folder) / "home", base, unfinished)
        unfinished.replace(classes)


def _make_base(base: Path) -> None:
    """The wheel's Java comes without the archive of its own classes, which ours builds upon."""
    command = [str(java()), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={base}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EmbeddedError(f"Java wrote no archive of its own classes: {done.stdout[-500:]}")


def _trial_run(home: Path, base: Path, classes: Path) -> None:
    """Start Neo4j, wait until it answers, and stop it: at its end Java writes the archive."""
    port = free_port_base(2)
    service = neo4j(
        data=home, http_port=port, bolt_port=port + 1, password=_PASSWORD, durable=False
    )
    home.mkdir()
    service.prepare()
    program, *arguments = service.command
    options = [f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={classes}"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program, *options, *arguments], stdout=log, stderr=log)
        try:
            wait_ready(service, seconds=_START_SECONDS)
            plan_questions(neo4j_uri(port + 1), _PASSWORD)
            process.terminate()
            process.wait(_STOP_SECONDS)
        finally:
            process.kill()
            process.wait()
    if not classes.exists():
        raise EmbeddedError("Java wrote no archive of Neo4j's classes.")
