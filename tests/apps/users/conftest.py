"""The local issuer, for tests of sign-in with Google and Apple."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.settings.providers import providers
from tests.apps.users.issuer import Issuer


@pytest.fixture(scope="session")
def _issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def issuer(_issuer: Issuer, settings: Any) -> Issuer:
    """Both providers on, at the local issuer, where nobody is known yet."""
    _issuer.reset()
    settings.SOCIALACCOUNT_PROVIDERS = providers(_issuer.settings())
    settings.SIGN_IN_REDIRECTS = list(_issuer.settings().redirects)
    return _issuer
