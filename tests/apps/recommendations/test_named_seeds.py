"""Which of a member's films a reason names."""

import numpy as np
import pytest

from apps.recommendations.sources.collaborative import Member, candidates
from apps.vectors.factors import Factors
from apps.vectors.points import Hit

FOUND, BEST, SECOND, DISLIKED, AWAY = range(1, 6)
LED = {BEST: 0.5, SECOND: 0.3, DISLIKED: 0.9, AWAY: -0.2}
"""How much each rated film led to the one that was found."""


@pytest.mark.parametrize(
    ("rated", "named"),
    [
        ((SECOND, DISLIKED, AWAY, BEST), (BEST, SECOND)),
        ((DISLIKED, AWAY), (DISLIKED,)),
        ((AWAY,), None),
    ],
)
def test_disliked_films_are_named_only_where_nothing_else_led_there(
    rated: tuple[int, ...], named: tuple[int, ...] | None
) -> None:
    one = np.ones((1, 1), np.float32)
    factors = Factors(np.array([FOUND]), one, one, one, one[0], one[0])
    parts = {pk: np.array([LED[pk]], np.float32) for pk in rated}
    member = Member(1, factors, parts, frozenset({DISLIKED}))
    found = candidates(member, [[Hit(FOUND, 1.0)]])
    assert [candidate.evidence.movie_ids for candidate in found] == ([named] if named else [])
