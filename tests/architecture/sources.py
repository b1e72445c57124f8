"""The project's own files, for tests that read them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("apps", "celery_app", "platform", "infra", "tests", "manage.py")


def python_files(*folders: str) -> list[Path]:
    """Every Python file in these folders of the project, sorted."""
    found: list[Path] = []
    for folder in folders:
        path = ROOT / folder
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path for path in found if "__pycache__" not in path.parts]


def name_of(path: Path) -> str:
    """The path as people write it, from the project's folder."""
    return path.relative_to(ROOT).as_posix()


def parsed(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every Python file but migrations."""
    for path in python_files(*folders):
        if "migrations" not in path.parts:
            yield name_of(path), ast.parse(path.read_text(encoding="utf-8"))


def repository_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that is, or is about to be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.suffix in {".gz", ".npz", ".png"} or not path.is_file():
            continue
        yield name, path.read_text(encoding="utf-8")
