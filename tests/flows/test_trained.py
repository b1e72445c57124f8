"""The main job once more, when a training serves: its factors silence no other source."""

import pytest

from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)


def test_what_three_stores_give_still_shows_beside_what_was_learned(product: Product) -> None:
    assert "held-out NDCG@10" in product.command("manage", "train_recommendations")
    product.demo.run()
