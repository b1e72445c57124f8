"""Ana, who asks for recommendations, and what she is shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie, Rating
from apps.users.models import User
from tests.factories import make_movie, make_user

ClientOf = Callable[[User], APIClient]
Drain = Callable[[], int]
MINE = "/api/v1/me/recommendations/"
CROWD, FILMS = 60, 24
THEN = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def ana(db: None) -> User:
    return make_user("ana")


@pytest.fixture
def as_ana(ana: User, client_of: ClientOf) -> APIClient:
    return client_of(ana)


def slate(client: APIClient, limit: int = 50) -> dict[str, Any]:
    """A member's recommendations."""
    response = client.get(MINE, {"limit": limit})
    assert response.status_code == 200, response.json()
    return response.json()


def shown(body: dict[str, Any]) -> list[int]:
    """The ids of the films in a slate, in order."""
    return [item["movie"]["id"] for item in body["items"]]


def reasons(body: dict[str, Any], movie: Movie) -> dict[str, dict[str, Any]]:
    """The reasons for a film by source; none when it is not in the slate."""
    for item in body["items"]:
        if item["movie"]["id"] == movie.pk:
            return {reason["source"]: reason for reason in item["reasons"]}
    return {}


def like(user: User, *movies: Movie) -> None:
    """Five stars for each."""
    for movie in movies:
        rate_movie(user=user, movie=movie, half_stars=10)


@pytest.fixture
def halves(own_generations: None) -> tuple[list[Movie], list[Movie]]:
    """Two kinds of films; of a crowd, one half sees the first kind and the other the second."""
    films = [make_movie() for _ in range(2 * FILMS)]
    rows = []
    for place in range(CROWD):
        member = make_user()
        kind = films[:FILMS] if place % 2 else films[FILMS:]
        for number in np.random.default_rng(place).permutation(FILMS)[:18].tolist():
            when = THEN + timedelta(seconds=len(rows))
            half = 2 + 2 * (number % 5)
            rows.append(
                Rating(
                    user=member, movie=kind[number], half_stars=half, rated_at=when, changed_at=when
                )
            )
    Rating.objects.bulk_create(rows)
    return films[:FILMS], films[FILMS:]
