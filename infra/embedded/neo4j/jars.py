"""Fetches Neo4j's jars from Maven Central, once per user, and lets only the locked ones run.

`python -m infra.embedded.neo4j.jars` writes `jars.lock` anew from the versions below.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.embedded.errors import DiskFullError, EmbeddedError, is_disk_full

VERSION = "5.26.30"
COORDINATES = (
    f"org.neo4j:neo4j:{VERSION}",
    f"org.neo4j.app:neo4j-server:{VERSION}",
    "org.neo4j.client:neo4j-browser:5.24.0",
)
LOCK = Path(__file__).with_name("jars.lock")
_DOWNLOADS_AT_ONCE = 12
_ATTEMPTS = 3


@dataclass(frozen=True)
class Jar:
    """One locked file: group:artifact:version[:classifier], and what its bytes must hash to."""

    sha256: str
    coordinate: str

    @property
    def name(self) -> str:
        """The file's name, as Maven gives it."""
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"


def read_lock(lock: Path = LOCK) -> tuple[Jar, ...]:
    """Every jar that Neo4j's class path needs, in class path order."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return tuple(Jar(*line.split()) for line in lines if line and not line.startswith("#"))


def cache_folder() -> Path:
    """The folder of this user that every checkout shares."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "cinemesh" / f"neo4j-{VERSION}"


def jar_paths() -> tuple[Path, ...]:
    """The class path: every jar fetched and verified at this call."""
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _only_one(cache):
            return _verified(read_lock(), cache)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(cache) from error
        raise


@contextlib.contextmanager
def _only_one(cache: Path) -> Iterator[None]:
    """Let two checkouts fetch one after the other, not both at once."""
    with (cache / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _verified(jars: Sequence[Jar], cache: Path) -> tuple[Path, ...]:
    missing = [jar for jar in jars if not (cache / jar.name).exists()]
    if missing:
        _fetch(missing, cache)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        digests = list(pool.map(lambda jar: _sha256(cache / jar.name), jars))
    for jar, digest in zip(jars, digests, strict=True):
        if digest != jar.sha256:
            raise _mismatch(jar, digest, cache / jar.name)
    return tuple(cache / jar.name for jar in jars)


def _fetch(missing: Sequence[Jar], cache: Path) -> None:
    """Download into a folder of its own; a jar enters the cache only after its hash is right."""
    unverified = cache / "unverified"
    total = len(missing)
    try:
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            downloads = pool.map(lambda jar: (jar, _download(jar, unverified)), missing)
            for count, (jar, path) in enumerate(downloads, 1):
                digest = _sha256(path)
                if digest != jar.sha256:
                    raise _mismatch(jar, digest, path)
                path.replace(cache / jar.name)
                if count % 50 == 0 or count == total:
                    print(f"  Neo4j: {count} of {total} files fetched and verified", flush=True)
    finally:
        shutil.rmtree(unverified, ignore_errors=True)


def _download(jar: Jar, folder: Path) -> Path:
    from jgo.maven import MavenContext

    group, artifact, version, *classifier = jar.coordinate.split(":")
    context = MavenContext(repo_cache=folder, local_repos=[], timeout=30)
    wanted = context.project(group, artifact).at_version(version).artifact(*classifier)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return Path(wanted.resolve())
        except Exception as error:
            if is_disk_full(error):
                raise
            if attempt == _ATTEMPTS:
                raise EmbeddedError(
                    f"{jar.name}, a part of Neo4j, could not be fetched from Maven Central: "
                    f"{error}. Check the network and run `make up` again, or name a Neo4j of "
                    "your own with NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD."
                ) from error
    raise AssertionError


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mismatch(jar: Jar, digest: str, path: Path) -> EmbeddedError:
    return EmbeddedError(
        f"{path} is not the file that {LOCK.name} names: its sha256 is {digest}, it must be "
        f"{jar.sha256}. Nothing was started. Remove the file and run `make up` again; if it comes "
        "back the same, do not trust the place that it came from."
    )


def _named_ones_first(paths: dict[Any, Path]) -> list[tuple[Any, Path]]:
    """Put what a jar's manifest names before that jar.

    Behind it, Java takes them for part of the jar, and its archive of classes does not fit.
    """
    by_name = {path.name: artifact for artifact, path in paths.items()}
    ordered: dict[Any, Path] = {}
    for artifact, path in paths.items():
        for name in _manifest_class_path(path):
            if name in by_name:
                ordered.setdefault(by_name[name], paths[by_name[name]])
        ordered.setdefault(artifact, path)
    return list(ordered.items())


def _manifest_class_path(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as jar:
        if "META-INF/MANIFEST.MF" not in jar.namelist():
            return []
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
    # A long line goes on in the next one, behind a space.
    unfolded = re.sub(r"\r?\n ", "", manifest)
    named = re.search(r"^Class-Path: (.*)$", unfolded, re.MULTILINE)
    return named[1].split() if named else []


def write_lock() -> None:
    """Resolve the versions above and write down every jar they need."""
    import jgo

    artifacts = jgo.resolve("+".join(COORDINATES))
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        paths = list(pool.map(lambda artifact: Path(artifact.resolve()), artifacts))
    lines = [f"# Neo4j {VERSION}: sha256 and Maven coordinate of every jar, in class path order."]
    for artifact, path in _named_ones_first(dict(zip(artifacts, paths, strict=True))):
        coordinate = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier)
        lines.append(f"{_sha256(path)} {':'.join(part for part in coordinate if part)}")
    LOCK.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(artifacts)} jars locked")


if __name__ == "__main__":
    try:
        write_lock()
    except EmbeddedError as error:
        sys.exit(str(error))
