"""The question that keeps Neo4j's plans and caches warm."""

from collections.abc import Callable

import pytest

from apps.graph.tasks import keep_warm
from apps.movies.actions import rate_movie
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


def test_asks_for_members_who_like_something(drain: Callable[[], int]) -> None:
    rate_movie(user=make_user(), movie=make_movie(), half_stars=10)
    drain()
    assert 1 <= keep_warm() <= 5
