"""A training: learn from all ratings, measure on what was held out, keep it or refuse it.

What is kept reaches the readers with the next generation of the vectors, as a whole.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
from django.utils import timezone

from apps.common.errors import Conflict
from apps.movies.models import Movie
from apps.recommendations.fold_in import worth
from apps.recommendations.learning.co_rating import co_rated
from apps.recommendations.learning.ratings import Ids, Ratings, learnable, learnable_ratings
from apps.recommendations.learning.sequences import rated_next
from apps.recommendations.learning.traits import traits_and_offsets
from apps.vectors import factors
from apps.vectors.factors import Factors, Matrix
from apps.vectors.models import Training

LEAST_RATINGS, LEAST_PEOPLE = 1_000, 50
"""From fewer nothing is learned."""

HELD_OUT = 2_000
"""Members whose newest rating is held out for the measurement, at most."""

WORST = 0.9
"""Of what the serving training reached on its own held-out ratings, a new one must reach this."""

REFUSED = (
    f"It reached less than {WORST} of what the serving one did when that was made, so that serves "
    "on. If it is the members who have changed, keep one whatever it reaches: "
    "manage.py train_recommendations --accept"
)

RESTED = timedelta(hours=20)
GROWN = 1.02
"""A training is due when the last one is this old and there are so many times its ratings, or
fewer: what members take back is learned from no longer than until the next night."""

STALE = timedelta(days=6, hours=20)
"""A training is due when the last one is this old: what came may hide that as much went."""


class TooFewRatings(Conflict):
    """There are too few ratings to learn from."""

    code = "too_few_ratings"


def is_due() -> bool:
    """Whether the ratings have changed enough since the last training, refused ones too.

    One that was accepted and never reached a reader, because its process was killed, counts not.
    """
    ratings = learnable().count()
    if ratings < LEAST_RATINGS or learnable().values("user").distinct().count() < LEAST_PEOPLE:
        return False
    last = factors.last()
    if last is None or factors.was_lost(last):
        return True
    age, before = timezone.now() - last.created_at, last.learned_from["ratings"]
    return age > STALE or (age > RESTED and not before <= ratings < GROWN * before)


class Learner(Protocol):
    """What learns from the ratings as they were when it was opened."""

    def learned_from(self) -> dict[str, int]:
        """How many `ratings`, `people` and `films`."""

    def held_out_ndcg(self) -> float:
        """`ndcg_at_10` of members' newest ratings, learned from all the others."""

    def learn(self) -> Factors:
        """All that is learned of the films that have ratings and are in the catalogue."""


Engine = Callable[[], AbstractContextManager[Learner]]


@contextmanager
def on_one_machine() -> Iterator[Learner]:
    """The usual engine: all ratings in this process, about 400 bytes for each."""
    yield _InMemory(learnable_ratings())


def train(engine: Engine = on_one_machine, *, accept: bool = False) -> Training:
    """Learn from the ratings and note it, accepted or refused; TooFewRatings for next to none.

    With `accept` it is accepted whatever it reaches.
    """
    started = time.monotonic()
    with engine() as learner:
        counted = learner.learned_from()
        if counted["ratings"] < LEAST_RATINGS or counted["people"] < LEAST_PEOPLE:
            raise TooFewRatings
        reached = learner.held_out_ndcg()
        told: dict[str, Any] = {
            "learned_from": counted,
            "figures": {"held_out_ndcg_at_10": round(reached, 5)},
        }
        if reached < WORST * _reached_by_the_serving_one() and not accept:
            seconds = time.monotonic() - started
            return Training.objects.create(
                verdict=Training.Verdict.REFUSED, seconds=seconds, **told
            )
        learned = learner.learn()
    return factors.keep(learned, seconds=time.monotonic() - started, **told)


class _InMemory:
    """Learns from arrays."""

    def __init__(self, ratings: Ratings) -> None:
        self._ratings = ratings

    def learned_from(self) -> dict[str, int]:
        one = self._ratings
        return {"ratings": len(one.film), "people": len(one.people), "films": len(one.films)}

    def held_out_ndcg(self) -> float:
        return held_out_ndcg(self._ratings)

    def learn(self) -> Factors:
        return learn(self._ratings)


def learn(ratings: Ratings) -> Factors:
    """All that is learned of the films that have ratings and are in the catalogue."""
    taste, film = co_rated(ratings)
    traits, offset, mean = traits_and_offsets(ratings, *genres_and_years(ratings.films))
    return Factors(ratings.films, taste, film, traits, offset, mean, *rated_next(ratings))


def held_out_ndcg(ratings: Ratings) -> float:
    """`ndcg_at_10` of members' newest ratings, learned from all the others."""
    several = np.bincount(ratings.person) > 1
    tested = np.flatnonzero(several)
    if len(tested) > HELD_OUT:
        tested = np.sort(np.random.default_rng(7).choice(tested, HELD_OUT, replace=False))
    is_target = (ratings.age == 0) & np.isin(ratings.person, tested)
    rest = ratings.only(~is_target)
    return ndcg_at_10(*co_rated(rest), rest, ratings.only(is_target))


def ndcg_at_10(taste: Matrix, film: Matrix, rest: Ratings, target: Ratings) -> float:
    """Of ratings, one a member, each ranked among all films that are not in the member's `rest`.

    A hit at place n counts 1 / log2(n + 1). TooFewRatings when no member has a second rating.
    """
    if not len(target.film):
        raise TooFewRatings
    gains = []
    for person, wanted in zip(target.person.tolist(), target.film.tolist(), strict=True):
        own = slice(*np.searchsorted(rest.person, [person, person + 1]))
        member = worth(rest.half_stars[own], rest.age[own]) @ taste[rest.film[own]]
        scores = film @ member
        scores[rest.film[own]] = -np.inf
        place = 1 + int((scores > scores[wanted]).sum())
        gains.append(1 / np.log2(place + 1) if place <= 10 else 0.0)
    return float(np.mean(gains))


def _reached_by_the_serving_one() -> float:
    serving = factors.live()
    reached: float = serving.figures["held_out_ndcg_at_10"] if serving else 0.0
    return reached


def genres_and_years(films: Ids) -> tuple[list[tuple[str, ...]], list[int | None]]:
    """Of each film, in order; nothing of one that is not in the catalogue."""
    rows = Movie.objects.filter(pk__in=films.tolist()).prefetch_related("genres")
    known = {
        movie.pk: (tuple(sorted(genre.name for genre in movie.genres.all())), movie.year)
        for movie in rows
    }
    told = [known.get(pk, ((), None)) for pk in films.tolist()]
    return [genres for genres, _ in told], [year for _, year in told]
