"""Ana, who asks for recommendations, and what she is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.users.models import User
from tests.factories import make_user

ClientOf = Callable[[User], APIClient]
Drain = Callable[[], int]
MINE = "/api/v1/me/recommendations/"


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
