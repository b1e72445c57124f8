"""The generated follow graph: like taste, enough of it, and the same every time."""

import random
from datetime import UTC, datetime, timedelta

from apps.movies.importers.follows import MOST_FOLLOWS, SHARED_FILMS, generated_follows
from apps.movies.importers.records import RatingRecord

START = datetime(2000, 1, 1, tzinfo=UTC)


def rated(rater: int, stars: list[int], *, first_film: int = 1) -> list[RatingRecord]:
    """One rater's ratings of neighbouring films, a day apart, from a day of their own."""
    return [
        RatingRecord(rater, first_film + place, half_stars, START + timedelta(days=rater + place))
        for place, half_stars in enumerate(stars)
    ]


UP = [1 + place % 10 for place in range(SHARED_FILMS)]
DOWN = [10 - place % 10 for place in range(SHARED_FILMS)]


def pairs(ratings: list[RatingRecord]) -> list[tuple[int, int]]:
    return [(follow.follower, follow.followee) for follow in generated_follows(ratings)]


def test_raters_of_like_taste_follow_each_other_and_opposites_do_not() -> None:
    ratings = rated(1, UP) + rated(2, UP) + rated(3, DOWN)
    assert pairs(ratings) == [(1, 2), (2, 1)]


def test_nobody_follows_on_too_few_shared_films() -> None:
    assert pairs(rated(1, UP[:-1]) + rated(2, UP[:-1])) == []
    assert pairs(rated(1, UP) + rated(2, UP, first_film=2)) == []


def test_who_gives_everything_the_same_agrees_with_nobody() -> None:
    assert pairs(rated(1, [8] * 30) + rated(2, [8] * 30)) == []


def test_more_shared_films_weigh_more() -> None:
    longer = UP + UP
    follows = pairs(rated(1, longer) + rated(2, UP) + rated(3, longer))
    assert [other for one, other in follows if one == 1] == [3, 2]


def test_nobody_follows_more_than_ten() -> None:
    follows = pairs([row for rater in range(1, 15) for row in rated(rater, UP)])
    assert len([other for one, other in follows if one == 14]) == MOST_FOLLOWS
    assert [other for one, other in follows if one == 14] == list(range(1, 11))


def test_follow_is_as_old_as_the_later_of_the_two() -> None:
    (follow, _) = generated_follows(rated(1, UP) + rated(5, UP))
    assert follow.since == START + timedelta(days=5)


def test_order_of_the_ratings_changes_nothing() -> None:
    chance = random.Random(7)
    ratings = [
        RatingRecord(rater, film, chance.randint(1, 10), START + timedelta(seconds=film))
        for rater in range(1, 40)
        for film in chance.sample(range(1, 120), 60)
    ]
    follows = generated_follows(ratings)
    chance.shuffle(ratings)
    assert follows
    assert generated_follows(ratings) == follows


def test_no_ratings_no_follows() -> None:
    assert generated_follows([]) == []
