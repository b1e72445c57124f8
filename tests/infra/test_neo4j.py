"""Neo4j's way up: the right Java, verified jars, no network."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.embedded.neo4j.jars import cache_folder, jar_paths, read_lock
from infra.embedded.neo4j.java import java
from tests.infra.conftest import Commands

DEAD_PROXY = "http://127.0.0.1:9"


@pytest.mark.slow
def test_neo4j_starts_beside_an_old_java_and_without_a_network(
    new_stack: Callable[..., Commands], tmp_path: Path
) -> None:
    """Jars are fetched already; a fake Java 8 is first on PATH; every proxy is dead."""
    jar_paths()
    fake = tmp_path / "bin" / "java"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\nexit 1\n")
    fake.chmod(0o755)
    proxies = {name: DEAD_PROXY for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
    proxies |= {name.lower(): value for name, value in proxies.items()}
    stack = new_stack(tmp_path / "var")
    path = f"{fake.parent}:{stack.environment['PATH']}"
    stack.up(PATH=path, JAVA_HOME=str(tmp_path), **proxies)
    assert stack.run("status").returncode == 0
    unpacked = list((stack.layout.data / "neo4j" / "tmp").iterdir())
    assert unpacked
    stack.kill(stack.pids())
    stack.up(PATH=path, JAVA_HOME=str(tmp_path), **proxies)
    assert stack.run("status").returncode == 0
    assert not any(path.exists() for path in unpacked)


def test_java_is_that_of_the_packages() -> None:
    said = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True).stderr
    assert 'version "21' in said


def test_a_changed_jar_is_refused_before_anything_runs(
    new_stack: Callable[..., Commands], tmp_path: Path
) -> None:
    jar_paths()
    cache = tmp_path / "cache"
    folder = cache / "cinemesh" / cache_folder().name
    folder.mkdir(parents=True)
    for jar in read_lock():
        (folder / jar.name).symlink_to(cache_folder() / jar.name)
    changed = folder / read_lock()[0].name
    changed.unlink()
    changed.write_bytes(b"not what was locked")
    stack = new_stack(tmp_path / "var")
    done = stack.run("up", "--stores-only", XDG_CACHE_HOME=str(cache))
    assert done.returncode == 1
    assert changed.name in done.stderr
    assert "Nothing was started" in done.stderr
    assert stack.processes() == []


def test_a_missing_jar_without_a_network_is_named(
    new_stack: Callable[..., Commands], tmp_path: Path
) -> None:
    stack = new_stack(tmp_path / "var")
    dead = {"HTTPS_PROXY": DEAD_PROXY, "https_proxy": DEAD_PROXY}
    done = stack.run("up", "--stores-only", XDG_CACHE_HOME=str(tmp_path / "cache"), **dead)
    assert done.returncode == 1
    assert "could not be fetched" in done.stderr
    assert "Traceback" not in done.stderr
