"""What is rated soon after what: learned from ratings in their order, and proposed from there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from rest_framework.test import APIClient

from apps.movies.models import LEAST_TOLD, Movie, Rating
from apps.recommendations.learning.ratings import Columns, Ids, in_order
from apps.recommendations.learning.sequences import (
    FADE,
    KEPT,
    KNOWN_AS_NEXT,
    WINDOW,
    rated_next,
)
from apps.recommendations.switching import train_and_switch
from apps.users.models import User
from apps.vectors import factors
from apps.vectors.models import Training
from tests.apps.recommendations.conftest import THEN, like, reasons, shown, slate
from tests.factories import make_movie, make_user

Orders = list[list[int]]
"""Of each member the films in the order of rating."""

orders = st.lists(st.lists(st.integers(0, 40), unique=True, max_size=30), min_size=1, max_size=6)


def columns_of(rated: Orders) -> Columns:
    """The ratings, each of a second of its own."""
    rows = [
        (user, movie, 8, when) for user, one in enumerate(rated) for when, movie in enumerate(one)
    ]
    user, movie, half_stars, when = np.array(rows, np.int64).reshape(-1, 4).T
    return user, movie, half_stars, when


def told(films: Ids, rows: Ids, worth: NDArray[np.float32]) -> dict[tuple[int, int], float]:
    """Pairs of films with their worth."""
    earlier, place = np.nonzero(worth)
    later = rows[earlier, place]
    pairs = zip(films[earlier].tolist(), films[later].tolist(), strict=True)
    return dict(zip(pairs, worth[earlier, place].tolist(), strict=True))


def learned(rated: Orders) -> dict[tuple[int, int], float]:
    ratings = in_order(*columns_of(rated))
    return told(ratings.films, *rated_next(ratings))


def expected(rated: Orders) -> Mapping[tuple[int, int], float]:
    """The definition, word by word."""
    raters = Counter(movie for one in rated for movie in one)
    worth: dict[tuple[int, int], float] = defaultdict(float)
    members: Counter[tuple[int, int]] = Counter()
    for one in rated:
        for place, earlier in enumerate(one):
            for steps, later in enumerate(one[place + 1 : place + 1 + WINDOW], start=1):
                worth[earlier, later] += np.exp(-steps / FADE)
                members[earlier, later] += 1
    return {
        (earlier, later): value / raters[earlier] / raters[later] ** KNOWN_AS_NEXT
        for (earlier, later), value in worth.items()
        if members[earlier, later] >= LEAST_TOLD
    }


@given(orders)
def test_a_film_leads_to_what_several_members_rated_soon_after(rated: Orders) -> None:
    assert learned(rated) == pytest.approx(expected(rated), rel=1e-4)


def test_direction_tells_and_two_members_alone_do_not() -> None:
    assert learned([[1, 2, 3], [1, 2, 3], [1, 2], [3, 4]]).keys() == {(1, 2)}


def test_the_best_are_kept() -> None:
    crowd = [[0, film] for film in range(1, KEPT + 11) for _ in range(LEAST_TOLD + (film > 10))]
    kept = learned(crowd)
    assert kept.keys() == {(0, film) for film in range(11, KEPT + 11)}


def in_a_row(films: list[Movie], members: int) -> None:
    """So many new members rate these films in this order, a day apart."""
    days = [THEN + timedelta(days=number) for number in range(len(films))]
    Rating.objects.bulk_create(
        Rating(user=user, movie=film, half_stars=8, rated_at=when, changed_at=when)
        for user in [make_user() for _ in range(members)]
        for film, when in zip(films, days, strict=True)
    )


@pytest.mark.django_db
def test_what_is_rated_soon_after_is_proposed_with_the_film_that_led_there(
    halves: tuple[list[Movie], list[Movie]], ana: User, client_of: Callable[[User], APIClient]
) -> None:
    begun, then = make_movie("The Long Way"), make_movie("The Way Back")
    in_a_row([begun, then], 3)
    like(ana, begun)
    train_and_switch()
    body = slate(client_of(ana))
    reason = reasons(body, then)["sequential"]
    assert reason["text"] == "Rated soon after The Long Way"
    assert [film["id"] for film in reason["movies"]] == [begun.pk]

    ben = make_user("ben")
    like(ben, then)
    assert "sequential" not in reasons(slate(client_of(ben)), begun)


@pytest.mark.django_db
def test_what_was_rated_or_dismissed_is_not_proposed_again(
    halves: tuple[list[Movie], list[Movie]], ana: User, client_of: Callable[[User], APIClient]
) -> None:
    series = [make_movie(f"Part of it {number}") for number in range(4)]
    in_a_row(series, 3)
    like(ana, series[0], series[1])
    train_and_switch()
    client = client_of(ana)
    dismissed = client.post("/api/v1/me/recommendations/dismiss/", {"movie": series[2].pk})
    assert dismissed.status_code == 200
    mine = {film.pk for film in series} & set(shown(slate(client)))
    assert mine == {series[3].pk}


@pytest.mark.django_db
def test_a_training_of_a_version_without_sequences_still_serves(
    halves: tuple[list[Movie], list[Movie]],
    ana: User,
    client_of: Callable[[User], APIClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = [one for one in factors.fields(factors.Factors) if not one.name.startswith("next_")]
    monkeypatch.setattr(factors, "fields", lambda _: known)
    made = train_and_switch()
    assert Training.objects.get(pk=made.pk).factors
    like(ana, halves[0][0])
    sources = {name for item in slate(client_of(ana))["items"] for name in item["sources"]}
    assert "collaborative" in sources
    assert "sequential" not in sources
