"""A pytest plugin: the real stores, one embedded stack per test process, before Django starts.

The settings read the addresses from the environment, so they must be there before pytest-django
loads them; hence the start at import, and not in a fixture.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from infra.embedded.testing import EmbeddedStores
from tests.embedding import HashedWordsService

_stack = ExitStack()
stores: EmbeddedStores | None = None


def _runs_tests() -> bool:
    """Not the controller of xdist, which only hands tests out, nor a mere listing."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return True
    idle = ("-n", "--numprocesses", "--collect-only", "--co", "--help", "-h", "--version")
    return not any(argument.split("=")[0].startswith(idle) for argument in sys.argv[1:])


if _runs_tests():
    _folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="cinemesh-test-"))
    stores = _stack.enter_context(EmbeddedStores(Path(_folder)))
    _model = _stack.enter_context(HashedWordsService())
    os.environ.update(stores.environment, MAIL_DIR=f"{_folder}/mail", EMBEDDING_URL=_model.url)


def pytest_unconfigure() -> None:
    """Stop what was started."""
    _stack.close()
