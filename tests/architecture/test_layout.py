"""How files are laid out and what each must have."""

import ast
import subprocess
import sys
import sysconfig
from collections.abc import Iterator

import pytest

from tests.architecture.sources import CODE, ROOT, name_of, parsed, python_files, repository_texts

READERS = {
    "platform/config/env.py",
    "platform/config/settings/test.py",  # hands the test stores' addresses to env.read
}
LONGEST = 400


def test_platform_is_no_package_and_the_name_is_the_standard_librarys() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    code = "import platform; print(platform.__file__, platform.system())"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(sysconfig.get_path("stdlib"))


@pytest.mark.parametrize("path", python_files(*CODE), ids=name_of)
def test_a_module_is_not_too_long_and_says_what_it_is(path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_public_names_have_docstrings() -> None:
    missing = [
        f"{name}:{place}" for name, tree in parsed("apps") for place in _without_docstring(tree)
    ]
    assert missing == []


def test_the_environment_is_read_in_one_place() -> None:
    reads = [
        f"{name}:{line}"
        for name, tree in parsed("apps", "celery_app", "platform", "manage.py")
        if name not in READERS
        for line in _environment_reads(tree)
    ]
    assert reads == []


def test_no_registry_and_no_machine_is_named() -> None:
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("crates", "io"),
            ("maven", "org"),
            ("maven", "apache", "org"),
            ("golang", "org"),
            ("debian", "org"),
        )
    ]
    folders = [f"/{name}/" for name in ("work", "root", "home", "Users")]
    named = [
        (name, word)
        for name, text in repository_texts()
        for word in (*hosts, *(f"{quote}{folder}" for folder in folders for quote in "\"' =("))
        if word in text
    ]
    assert named == []


def _without_docstring(tree: ast.Module) -> Iterator[str]:
    if tree.body and ast.get_docstring(tree) is None:
        yield "1"
    yield from _members_without_docstring(tree)


def _members_without_docstring(parent: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_") or node.name == "Meta":
            continue
        if ast.get_docstring(node) is None:
            yield f"{node.lineno} {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _members_without_docstring(node)


def _environment_reads(tree: ast.Module) -> Iterator[int]:
    nodes = list(ast.walk(tree))
    allowed = {id(node) for node in map(_written_to, nodes) if node is not None}
    for node in nodes:
        if isinstance(node, ast.Attribute) and id(node) not in allowed:
            if ast.unparse(node) in {"os.environ", "os.getenv"}:
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in {"environ", "getenv"})


def _written_to(node: ast.AST) -> ast.expr | None:
    """`os.environ` where something is put into it: a library is told, nothing is read."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        names_settings = node.args and ast.unparse(node.args[0]) == "'DJANGO_SETTINGS_MODULE'"
        return node.func.value if node.func.attr == "setdefault" and names_settings else None
    return None
