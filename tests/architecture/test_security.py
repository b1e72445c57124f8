"""`docs/security.md` names tests that there are; and what no code of the application does."""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, parsed

ROW = re.compile(
    r"^\| (?P<item>\d+\.\d+\.\d+) \| (?P<level>[123]) \| (?P<how>.+) \| ?(?P<by>.*) ?\|$"
)
LEVEL_ONE = 70
"""Items of level 1 in ASVS 5.0."""

SERVING = ("apps", "celery_app", "platform")
OPERATORS = {
    "apps/evaluation/management/commands/evaluate.py",  # starts stores of its own
}
MODULES = frozenset(
    {
        *("subprocess", "pickle", "marshal", "shelve", "dill", "ctypes", "yaml"),
        *("xml", "lxml", "xmlrpc", "pty", "code", "codeop"),
    }
)
CALLS = frozenset({"eval", "exec", "compile", "__import__", "system", "popen", "mark_safe"})
NO_SECRETS = {
    ".env.example": "the word PASSWORD, where one belongs",
    "README.md": "what somebody might sign up with",
    "apps/privacy/tables.py": "a sentence about a column",
    "apps/users/models.py": "names of events",
    "apps/vectors/identity.py": "the digest of a model",
    "data/embeddings/all-MiniLM-L6-v2.json": "the same",
    "infra/embedded/neo4j/archive.py": "of a server that lives for seconds",
    "platform/config/env.py": "production refuses it",
    "platform/config/settings/base.py": "limits of sign-in",
    "platform/config/settings/test.py": "of a store that is not there",
    "platform/templates/account/email/password_reset_key_message.txt": "the word NEW-PASSWORD",
}
"""What the baseline of `make check` lets pass outside the tests, and what it is."""
WEAK = frozenset({"md5", "sha1", "MD5", "SHA1"})


def rows() -> list[re.Match[str]]:
    """The items of the table."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return [found for line in text.splitlines() if (found := ROW.match(line))]


def test_each_named_test_exists() -> None:
    named = {test for row in rows() for test in re.findall(r"`(tests/[^`]+)`", row["by"])}
    assert len(named) > 80
    gone = []
    for path, _, name in (test.rpartition("::") for test in named):
        file = ROOT / path
        if not file.is_file() or f"def {name}(" not in file.read_text(encoding="utf-8"):
            gone.append(f"{path}::{name}")
    assert not gone


def test_level_one_is_there_whole_and_each_item_once() -> None:
    items = [row["item"] for row in rows()]
    assert len(items) == len(set(items))
    assert sum(row["level"] == "1" for row in rows()) == LEVEL_ONE


def test_what_only_looks_like_a_secret_is_known() -> None:
    """The constants of tests are none; of everything else it is said what it is."""
    baseline = json.loads((ROOT / ".secrets.baseline").read_text(encoding="utf-8"))
    assert {name for name in baseline["results"] if not name.startswith("tests/")} == {*NO_SECRETS}


def test_no_request_reaches_a_shell_or_runs_what_it_brings() -> None:
    found = [
        f"{name}: {what}"
        for name, tree in parsed(*SERVING)
        if name not in OPERATORS
        for what in (*(_imported(tree) & MODULES), *(_called(tree) & CALLS))
    ]
    assert found == []


def test_no_weak_hash_is_used() -> None:
    found = [
        f"{name}: {what}"
        for name, tree in parsed(*SERVING, "infra")
        for what in _called(tree) & WEAK
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("import subprocess", "subprocess"),
        ("from xml.etree import ElementTree", "xml"),
        ("def f():\n    import pickle", "pickle"),
        ("os.system(x)", "system"),
        ("hashlib.md5(x)", "md5"),
        ("eval(x)", "eval"),
    ],
)
def test_this_test_sees_what_it_looks_for(code: str, word: str) -> None:
    tree = ast.parse(code)
    assert word in _imported(tree) | _called(tree)


def _imported(tree: ast.Module) -> set[str]:
    return {name.split(".")[0] for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module


def _called(tree: ast.Module) -> set[str]:
    """The last name of everything that is called, but of a compiled regular expression."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    plain = {call.id for call in calls if isinstance(call, ast.Name)}
    attributes = {
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute)
        and not (isinstance(call.value, ast.Name) and call.value.id == "re")
    }
    return plain | attributes
