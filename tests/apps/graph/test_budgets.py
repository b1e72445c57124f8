"""What questions cost the graph's store, whoever asks: hubs must not make a visitor wait."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, LiteralString, TypeVar

import pytest
from neo4j import Driver

from apps.graph import acquaintances, evidence, exploring
from apps.graph.store import GraphStore
from apps.movies.selectors import Film, FilmCredit, RatingFact
from apps.outbox.fences import Fence
from apps.users.selectors import FollowEdge
from infra.embedded.testing import EmbeddedStores
from tests.apps.graph.conftest import answered
from tests.clients import neo4j_at

T = TypeVar("T")

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = 3 * 10**12
MEMBERS = range(FIRST, FIRST + 101)
FILMS = range(FIRST, FIRST + 150)
ME = MEMBERS[0]

QUESTIONS = (
    *evidence.EVIDENCE_QUESTIONS,
    *acquaintances.SUGGESTION_QUESTIONS,
    *exploring.PEOPLE_QUESTIONS,
)
BUDGETS: list[tuple[LiteralString, int]] = [
    (evidence.LIKED_BY_FOLLOWEES, 60_000),
    (evidence.LIKED_BY_THEIR_FOLLOWEES, 10_000),
    (evidence.LIKED_BY_PEOPLE_WHO_AGREE, 17_000),
    (evidence.BY_PEOPLE_I_RATE_HIGHLY, 26_000),
    (exploring.SHARING_PEOPLE, 8_000),
    (acquaintances.FOLLOWED_BY_FOLLOWEES, 18_000),
    (acquaintances.ALIKE, 5_000),
    (acquaintances.SAME_DIRECTORS, 11_000),
]
"""The query, and the database hits that it may cost: at most twice what this test's hubs took."""


@pytest.fixture
def driver(stores: EmbeddedStores) -> Iterator[Driver]:
    with neo4j_at(stores.environment) as made:
        yield made


@pytest.fixture
def hubs(graph: GraphStore, fences: Iterator[Fence]) -> None:
    """Someone follows 100, each of whom follows 40 and likes 80 of 150 films by few people."""
    fence = next(fences)
    films = [_film(number) for number in FILMS]
    _put(films, lambda part: graph.put_movies(part, fence))
    pairs = [(ME, other) for other in MEMBERS[1:]]
    pairs += [
        (MEMBERS[one], MEMBERS[(one + step) % 101])
        for one in range(1, 101)
        for step in range(1, 41)
    ]
    follows = [FollowEdge(*pair, START) for pair in pairs]
    _put(follows, lambda part: graph.put_follows(part, fence))
    likes = [
        RatingFact(MEMBERS[one], FILMS[(one + step) % 150], 9, START + timedelta(days=step))
        for one in range(101)
        for step in range(80)
    ]
    _put(likes, lambda part: graph.put_likes(part, fence))


def test_hubs_cost_no_more_than_their_budget(driver: Driver, hubs: None) -> None:
    parameters = {
        "user_id": ME,
        "limit": 150,
        "given": {
            "liked": list(FILMS[:100]),
            "without": list(FILMS[:120]),
            "movie_ids": list(FILMS[:10]),
        },
    }
    # Plans follow what the server has counted, which may be little right after the writes.
    driver.execute_query("CALL db.prepareForReplanning(60)")
    costs = [_hits(driver, query, parameters) for query, _ in BUDGETS]
    assert all(cost > 0 for cost in costs)
    for (query, most), cost in zip(BUDGETS, costs, strict=True):
        assert cost <= most, query


def test_one_plan_serves_lists_of_any_length() -> None:
    for query, parameters in QUESTIONS:
        assert all(isinstance(given, int | dict) for given in parameters.values()), query


def _put(facts: Sequence[T], put: Callable[[Sequence[T]], object]) -> None:
    """In parts that a busy server takes within the writers' deadline."""
    for start in range(0, len(facts), 250):
        answered(lambda start=start: put(facts[start : start + 250]))  # type: ignore[misc]


def _film(number: int) -> Film:
    place = number - FIRST
    numbers = count()
    made = [
        FilmCredit(FIRST + place % 20, f"director {place % 20}", "director", next(numbers)),
        *(
            FilmCredit(FIRST + (place + step) % 100, f"actor {(place + step) % 100}", "actor", step)
            for step in range(20)
        ),
    ]
    return Film(number, f"film {place}", 1990, "", "", (), (), tuple(made))


def _hits(driver: Driver, query: LiteralString, parameters: dict[str, Any]) -> int:
    """The database hits of all operators."""
    with driver.session() as session:
        result = session.run("PROFILE " + query, parameters)
        profile = result.consume().profile
    assert profile is not None
    return _sum(profile)


def _sum(operator: dict[str, Any]) -> int:
    return operator["dbHits"] + sum(_sum(child) for child in operator.get("children", ()))
