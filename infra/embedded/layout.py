"""Where the stack keeps its files and on which ports it listens."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.errors import EmbeddedError

ROOT = Path(__file__).resolve().parents[2]
CODE = ("apps", "celery_app", "infra", "platform")
DEFAULT_PORT_BASE = 8000
PORT_COUNT = 7
# A socket path holds 107 bytes on Linux and 103 on macOS; supervisor and Postgres append to ours.
_LONGEST_SOCKET_FOLDER = 70


@dataclass(frozen=True)
class Layout:
    """One stack's folders, all under `var`, and its ports, all counted from `port_base`."""

    var: Path
    port_base: int = DEFAULT_PORT_BASE

    @property
    def data(self) -> Path:
        """What must survive a restart."""
        return self.var / "data"

    @property
    def log(self) -> Path:
        """One rotating log file per process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """What lives as long as the running stack."""
        return self.var / "run"

    @property
    def metrics(self) -> Path:
        """What the workers of web count together."""
        return self.run / "metrics"

    @property
    def secrets_file(self) -> Path:
        """Every password of this stack, mode 0600, made once."""
        return self.var / "secrets.json"

    @property
    def secrets(self) -> Path:
        """Key files that processes read, mode 0700."""
        return self.var / "secrets"

    @property
    def mail(self) -> Path:
        """Every mail that the stack sends, as files."""
        return self.data / "mail"

    @property
    def media(self) -> Path:
        """Members' pictures and exports."""
        return self.data / "media"

    @property
    def static(self) -> Path:
        """The collected static files."""
        return self.var / "static"

    @property
    def sockets(self) -> Path:
        """The folder of unix sockets: in `run`, or a private one where that path is too long."""
        inside = self.run / "sockets"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
            return inside
        name = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"cinemesh-{os.geteuid()}-{name}"

    @property
    def web_port(self) -> int:
        """Django's port."""
        return self.port_base

    @property
    def flower_port(self) -> int:
        """Flower's port."""
        return self.port_base + 1

    @property
    def neo4j_http_port(self) -> int:
        """Neo4j Browser's port."""
        return self.port_base + 2

    @property
    def neo4j_bolt_port(self) -> int:
        """The port on which Neo4j speaks Bolt."""
        return self.port_base + 3

    @property
    def vectors_port(self) -> int:
        """The vector store's port."""
        return self.port_base + 4

    @property
    def valkey_port(self) -> int:
        """Valkey's port."""
        return self.port_base + 5

    @property
    def embedding_port(self) -> int:
        """The port of the process that embeds queries."""
        return self.port_base + 6

    def make_folders(self) -> None:
        """Create every folder; only the owner may enter those that hold secrets or data."""
        self.var.mkdir(parents=True, exist_ok=True)
        private = (self.data, self.run, self.secrets, self.log, self.mail, self.media)
        for folder in (*private, self.data / "celery"):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.static.mkdir(exist_ok=True)
        make_private_folder(self.sockets)


def make_private_folder(folder: Path) -> None:
    """Create a folder that only we may enter, or refuse one that somebody else prepared."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not mine or stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedError(
            f"{folder} exists but is not a private folder of this user. Remove it and try again."
        )


def port_base_of(environ: Mapping[str, str]) -> int:
    """Read `PORT_BASE`, or refuse a value that leaves no room for the stack's ports."""
    text = environ.get("PORT_BASE") or str(DEFAULT_PORT_BASE)
    highest = 65535 - PORT_COUNT + 1
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= highest:
        raise EmbeddedError(f"PORT_BASE must be a number from 1024 to {highest}, not {text!r}.")
    return int(text)


def layout_of(environ: Mapping[str, str]) -> Layout:
    """The layout that the environment asks for: `CINEMESH_VAR` and `PORT_BASE`."""
    var = Path(environ.get("CINEMESH_VAR") or ROOT / "var").resolve()
    return Layout(var=var, port_base=port_base_of(environ))
