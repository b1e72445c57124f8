"""A training: learn from all ratings, measure on what was held out, keep it or refuse it.

What is kept reaches the readers with the next generation of the vectors, as a whole.
"""

import time
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from apps.common.errors import Conflict
from apps.movies.models import Movie
from apps.recommendations.fold_in import worth
from apps.recommendations.learning.co_rating import co_rated
from apps.recommendations.learning.ratings import Ids, Ratings, learnable, learnable_ratings
from apps.recommendations.learning.traits import traits_and_offsets
from apps.vectors import factors
from apps.vectors.factors import Factors
from apps.vectors.models import Training

LEAST_RATINGS, LEAST_PEOPLE = 1_000, 50
"""From fewer nothing is learned."""

HELD_OUT = 2_000
"""Members whose newest rating is held out for the measurement, at most."""

WORST = 0.9
"""Of what the serving training reached on its own held-out ratings, a new one must reach this."""

RESTED = timedelta(hours=20)
GROWN = 1.02
"""A training is due when the last one is this old and there are so many times its ratings."""


class TooFewRatings(Conflict):
    """There are too few ratings to learn from."""

    code = "too_few_ratings"


def is_due() -> bool:
    """Whether the ratings have changed enough since the last training, refused ones too."""
    ratings = learnable().count()
    last = Training.objects.order_by("-id").first()
    if last is None:
        people = learnable().values("user").distinct().count()
        return ratings >= LEAST_RATINGS and people >= LEAST_PEOPLE
    rested = timezone.now() - last.created_at > RESTED
    return rested and ratings >= GROWN * last.learned_from["ratings"]


def train() -> Training:
    """Learn from the ratings and note it, accepted or refused; TooFewRatings for next to none."""
    started = time.monotonic()
    ratings = learnable_ratings()
    if len(ratings.film) < LEAST_RATINGS or len(ratings.people) < LEAST_PEOPLE:
        raise TooFewRatings
    reached = held_out_ndcg(ratings)
    told: dict[str, Any] = {
        "learned_from": {
            "ratings": len(ratings.film),
            "people": len(ratings.people),
            "films": len(ratings.films),
        },
        "figures": {"held_out_ndcg_at_10": round(reached, 5)},
    }
    if reached < WORST * _reached_by_the_serving_one():
        seconds = time.monotonic() - started
        return Training.objects.create(verdict=Training.Verdict.REFUSED, seconds=seconds, **told)
    learned = learn(ratings)
    return factors.keep(learned, seconds=time.monotonic() - started, **told)


def learn(ratings: Ratings) -> Factors:
    """All that is learned of the films that have ratings and are in the catalogue."""
    taste, film = co_rated(ratings)
    traits, offset, mean = traits_and_offsets(ratings, *_genres_and_years(ratings.films))
    return Factors(ratings.films, taste, film, traits, offset, mean)


def held_out_ndcg(ratings: Ratings) -> float:
    """NDCG@10 of members' newest ratings, each ranked among all films that they had not rated.

    Learned from all other ratings. A hit at place n counts 1 / log2(n + 1).
    """
    several = np.bincount(ratings.person) > 1
    tested = np.flatnonzero(several)
    if len(tested) > HELD_OUT:
        tested = np.sort(np.random.default_rng(7).choice(tested, HELD_OUT, replace=False))
    is_target = (ratings.age == 0) & np.isin(ratings.person, tested)
    rest, target = ratings.only(~is_target), ratings.only(is_target)
    taste, film = co_rated(rest)
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


def _genres_and_years(films: Ids) -> tuple[list[tuple[str, ...]], list[int | None]]:
    rows = Movie.objects.filter(pk__in=films.tolist()).prefetch_related("genres")
    known = {
        movie.pk: (tuple(sorted(genre.name for genre in movie.genres.all())), movie.year)
        for movie in rows
    }
    told = [known.get(pk, ((), None)) for pk in films.tolist()]
    return [genres for genres, _ in told], [year for _, year in told]
