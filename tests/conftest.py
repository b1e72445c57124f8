"""Fixtures for every test: the real stores, a drained outbox, a client that is somebody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.outbox.models import Generation
from apps.outbox.projections import all_projections
from apps.outbox.testing import drain_all
from apps.users.models import User
from apps.vectors import collections, editions
from apps.vectors.embedding import embedder_of
from apps.vectors.store import VectorStore, get_vectors
from infra.embedded.testing import EmbeddedStores
from tests import stores as plugin


@pytest.fixture(scope="session")
def stores() -> EmbeddedStores:
    """The embedded stack of this test process."""
    assert plugin.stores is not None
    return plugin.stores


@pytest.fixture(scope="session")
def _schemas(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Constraints and collections, once per test process.

    Tests give stores fences of their own. Those must lie below what Postgres has drawn, or it
    looks set back.
    """
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('outbox_fence_sequence', 1000000)")
        for projection in all_projections():
            projection.ensure_schema()


@pytest.fixture
def drain(db: None, _schemas: None) -> Callable[[], int]:
    """Deliver everything that was published so far; fails when something stays."""
    return drain_all


@pytest.fixture
def vectors(db: None, _schemas: None) -> VectorStore:
    """The vector store, with its schema in place."""
    return get_vectors()


@pytest.fixture
def own_generations(vectors: VectorStore) -> Iterator[None]:
    """Generations of this test alone, after g1, which serves again afterwards.

    Their names come again in other tests, with other models; a test that commits ends without g1.
    """
    embedder_of.cache_clear()
    collections.ensure_schema()
    yield
    mine = Generation.objects.filter(destination="vectors")
    mine.exclude(name="g1").delete()
    mine.update(state=Generation.State.LIVE)
    collections.ensure_schema()
    editions.clear()
    embedder_of.cache_clear()


@pytest.fixture
def visitors_wait() -> Iterator[None]:
    """The deadline that visitors have, for tests of a store that is silent."""
    with override_settings(STORE_READ_SECONDS=0.2):
        yield


@pytest.fixture
def empty_cache() -> None:
    """Nothing counted yet: attempts are counted by address, and all tests come from one."""
    cache.clear()


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """The folder of storages that are empty, and this test's alone."""
    names = ("default", "exports")
    own = {
        name: {**settings.STORAGES[name], "OPTIONS": {"location": tmp_path / name}}
        for name in names
    }
    settings.STORAGES = {**settings.STORAGES, **own}
    return tmp_path


@pytest.fixture
def client() -> APIClient:
    """Nobody in particular."""
    return APIClient()


@pytest.fixture
def client_of() -> Callable[[User], APIClient]:
    """A client that is signed in as a member."""

    def sign_in(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in
