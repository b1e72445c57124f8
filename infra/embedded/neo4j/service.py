"""Neo4j as a service: its folders, its configuration and its command."""

import functools
import hashlib
import shutil
from pathlib import Path

from infra.embedded.credentials import write_private
from infra.embedded.health import check_http, check_neo4j
from infra.embedded.neo4j.jars import cache_folder, jar_paths
from infra.embedded.neo4j.java import java
from infra.embedded.neo4j.password import first_password_line
from infra.embedded.services import Service

USER = "neo4j"
_TEMPLATE = Path(__file__).with_name("neo4j.conf")
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_NO_SECOND_COMPILER = ("-XX:TieredStopAtLevel=1",)
"""A test's Neo4j lives too short for it to pay."""
_MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"


def neo4j_uri(port: int) -> str:
    """The address as the driver takes it."""
    return f"bolt://127.0.0.1:{port}"


def neo4j(
    *,
    data: Path,
    http_port: int,
    bolt_port: int,
    password: str,
    guide_url: str = "",
    durable: bool = True,
) -> Service:
    """Neo4j with its Browser on 127.0.0.1; `durable=False` takes less memory (tests)."""
    arguments = data / "conf" / "java.args"
    temporary = data / "tmp"
    # An @file keeps a class path of 217 jars out of every list of processes.
    command = (str(java()), f"@{arguments}", _MAIN_CLASS)
    folders = (f"--home-dir={data}", f"--config-dir={data / 'conf'}")

    def prepare() -> None:
        (data / "conf").mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
        # A server that was killed leaves its unpacked Browser behind.
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        _write_first_password(data, password)
        (data / "conf" / "neo4j.conf").write_text(
            _TEMPLATE.read_text(encoding="utf-8").format(
                http_port=http_port,
                bolt_port=bolt_port,
                guide_url=guide_url,
                page_cache="256m" if durable else "64m",
                log_size="64m" if durable else "16m",
            ),
            encoding="utf-8",
        )
        write_private(arguments, _java_arguments(temporary, durable=durable))

    def ready() -> None:
        check_http(f"http://127.0.0.1:{http_port}/")
        check_neo4j(neo4j_uri(bolt_port), USER, password)

    return Service(
        name="neo4j",
        command=command + folders,
        directory=data.parent,
        prepare=prepare,
        ready=ready,
        stop_seconds=60,
    )


def _write_first_password(data: Path, password: str) -> None:
    """Neo4j reads the file while it has no users yet; later it is of no use and is removed."""
    first = data / "data" / "dbms" / "auth.ini"
    if (data / "data" / "databases" / "system").exists():
        return
    first.parent.mkdir(parents=True, exist_ok=True)
    write_private(first, first_password_line(USER, password))


@functools.cache
def _class_path() -> str:
    return ":".join(str(path) for path in jar_paths())


def archive_files() -> tuple[Path, Path]:
    """Where this Java's archives lie, if they were made: of its own classes, and of Neo4j's."""
    key = hashlib.sha256(bytes(java().resolve())).hexdigest()[:16]
    return cache_folder() / f"java-{key}.jsa", cache_folder() / f"neo4j-{key}.jsa"


def _java_arguments(temporary: Path, *, durable: bool) -> str:
    heap = "512m" if durable else "256m"
    base, classes = archive_files()
    lines = [
        *([f"-XX:SharedArchiveFile={base}:{classes}", "-Xlog:cds=off"] if classes.exists() else []),
        *(() if durable else _NO_SECOND_COMPILER),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Dfile.encoding=UTF-8",
        "-Djava.awt.headless=true",
        f'"-Djava.io.tmpdir={temporary}"',
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
        f'-cp "{_class_path()}"',
    ]
    return "\n".join(lines) + "\n"
