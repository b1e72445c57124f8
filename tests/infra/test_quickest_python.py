"""Which Python `.venv` is made with: the first one, unless another of the path is far quicker."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import quickest_python
from infra.embedded.layout import ROOT


def python(folder: Path, script: str) -> str:
    """Something of the name, alone in a folder."""
    folder.mkdir()
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("first", "other", "is_other"),
    [(1.0, 0.5, True), (1.0, 0.9, False), (0.5, 1.0, False), (1.0, None, False)],
)
def test_another_is_taken_where_it_is_far_quicker(
    first: float,
    other: float | None,
    is_other: bool,  # noqa: FBT001 - a parameter of the case
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = python(tmp_path / "other", "exit 0")
    took = {sys.executable: first, path: other}
    monkeypatch.setattr(quickest_python, "seconds", took.get)
    monkeypatch.setenv("PATH", str(Path(path).parent))
    assert quickest_python.quickest() == (path if is_other else sys.executable)


@pytest.mark.parametrize("how", ["echo no ensurepip >&2; exit 1", "exec /no/such/python"])
def test_one_that_makes_no_environment_is_none(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = python(tmp_path / "broken", how)
    monkeypatch.setattr(quickest_python, "ROUNDS", 1)
    monkeypatch.setenv("PATH", str(Path(broken).parent))
    assert quickest_python.quickest() == sys.executable
    monkeypatch.setattr(sys, "executable", broken)
    assert quickest_python.quickest() is None


def test_without_any_make_names_the_remedy(tmp_path: Path) -> None:
    broken = python(tmp_path / "broken", "exit 1")
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, f"STAMPS={tmp_path}", f"{tmp_path}/bootstrap"],
        cwd=ROOT,
        env={"PATH": str(Path(broken).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "make up PYTHON=/path/to/python" in done.stderr
