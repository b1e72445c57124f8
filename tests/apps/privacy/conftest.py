"""A member who has something in every table and every store, and someone who knows her."""

import pytest

from tests.apps.privacy.lives import Pair, ana_and_ben
from tests.apps.users.conftest import _issuer, issuer  # noqa: F401


@pytest.fixture(autouse=True)
def _own_storages(media):
    """No test leaves a file."""


@pytest.fixture
def pair(db, drain) -> Pair:
    """Ana and Ben, whom every store knows."""
    return ana_and_ben(drain)
