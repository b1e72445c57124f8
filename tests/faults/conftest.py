"""Committed facts, deliveries that stop where a test wants, and a look into every store."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from apps.outbox.projections import all_projections
from infra.embedded.testing import EmbeddedStores
from tests.faults.deliveries import stopping
from tests.faults.eyes import Eyes

APART = """
SELECT setval(pg_get_serial_sequence('movies_movie', 'id'), 3000000000000),
    setval(pg_get_serial_sequence('movies_person', 'id'), 3100000000000)
"""


@pytest.fixture(scope="session")
def _ids_apart(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """No member, film and person share a number: what is found of one is of no other."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(APART)


@pytest.fixture
def eyes(transactional_db: None, _ids_apart: None, stores: EmbeddedStores) -> Iterator[Eyes]:
    """A look into the stores, for a test whose every transaction is committed."""
    for projection in all_projections():
        projection.ensure_schema()
    looking = Eyes(stores.environment)
    with stopping():
        yield looking
    looking.close()
