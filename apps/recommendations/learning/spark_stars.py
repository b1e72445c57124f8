"""On Spark: what films get and members give beyond the mean, and in what members differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendations.fold_in import DAMPED_PERSON, RIDGE
from apps.recommendations.learning.ratings import Ids
from apps.recommendations.learning.traits import DAMPED_FILM, DIRECTIONS

ROUNDS = 5
"""Offsets of films and members hardly move after so many turns."""

RIDGE_OF_RESIDUALS = 0.1
SOME_PEOPLE = 10_000
"""Whose factors tell how much members differ."""

Frame = Any
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stars:
    """A row for each film: its offset, and its directions; members' weights have variance 1."""

    mean: float
    of_films: Numbers
    directions: Numbers


def learn(session: Any, ratings: Frame, films: Ids) -> Stars:
    """From ratings with `user`, `movie` and `half_stars`, of these films in order."""
    stars = ratings.selectExpr("user", "movie", "half_stars / 2D AS stars").persist()
    mean = float(stars.selectExpr("avg(stars)").first()[0])
    of_films = np.zeros(len(films))
    for _ in range(ROUNDS):
        left = _without_films(session, stars, films, of_films, mean)
        people = left.groupBy("user").agg({"left": "sum", "*": "count"})
        people = people.selectExpr(
            "user", f"`sum(left)` / (`count(1)` + {DAMPED_PERSON}D) AS habit"
        ).persist()
        gaps = stars.join(people, "user").selectExpr("movie", f"stars - {mean}D - habit AS left")
        rows = gaps.groupBy("movie").agg({"left": "sum", "*": "count"}).collect()
        places = np.searchsorted(films, [row.movie for row in rows])
        of_films[places] = [row["sum(left)"] / (row["count(1)"] + DAMPED_FILM) for row in rows]
    left = _without_films(session, stars, films, of_films, mean).join(people, "user")
    residuals = left.selectExpr("user", "movie", "float(left - habit) AS left").persist()
    return Stars(mean, of_films, _directions(residuals, films))


def by_film(factors: Frame, films: Ids) -> Numbers:
    """Factors as MLlib gives them, a row for each film in order, zeros for one without."""
    rows = factors.collect()
    placed = np.zeros((len(films), len(rows[0].features)))
    placed[np.searchsorted(films, [row.id for row in rows])] = [row.features for row in rows]
    return placed


def _without_films(session: Any, stars: Frame, films: Ids, offsets: Numbers, mean: float) -> Frame:
    """Ratings with `left`: the stars beyond the mean and the film's offset."""
    from pyspark.sql import functions as F  # noqa: N812 - the name that Spark gives it

    pairs = list(zip(films.tolist(), offsets.tolist(), strict=True))
    known = F.broadcast(session.createDataFrame(pairs, "movie long, offset double"))
    return stars.join(known, "movie").selectExpr(
        "user", "movie", f"stars - {mean}D - offset AS left"
    )


def _directions(residuals: Frame, films: Ids) -> Numbers:
    """Main directions of residuals, in units in which what is left of them has variance RIDGE."""
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import functions as F  # noqa: N812 - the name that Spark gives it

    als = ALS(
        rank=DIRECTIONS,
        regParam=RIDGE_OF_RESIDUALS,
        userCol="user",
        itemCol="movie",
        ratingCol="left",
        seed=7,
    )
    fitted = als.fit(residuals)
    some = fitted.userFactors.orderBy(F.xxhash64("id")).limit(SOME_PEOPLE).collect()
    weights = np.array([row.features for row in some])
    noise = float(residuals.selectExpr("avg(left * left)").first()[0])
    spread = np.linalg.cholesky(weights.T @ weights / len(weights) + 1e-9 * np.eye(DIRECTIONS))
    directions: Numbers = by_film(fitted.itemFactors, films) @ spread * np.sqrt(RIDGE / noise)
    return directions
