"""What Cinemesh is for, on the running product: see infra/demo.py for the steps."""

import pytest

from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)
"""The first of these starts the whole product."""


def test_a_new_person_sees_what_three_stores_give_and_takes_it_back(product: Product) -> None:
    product.demo.run()


def test_the_stores_hold_what_postgres_says(product: Product) -> None:
    table = product.command("manage", "reconcile")
    rows = [line for line in table.splitlines()[1:] if line]
    assert len(rows) == 11
    assert all(row.endswith("equal") for row in rows), table
