"""On Spark: which films are rated by the same people, and in a row."""

from typing import Any

import numpy as np

from apps.recommendations.learning.co_rating import OF_STRETCH, RIDGE, STRETCH, weighed
from apps.recommendations.learning.ratings import Ids
from apps.recommendations.learning.spark_stars import by_film
from apps.vectors.factors import Matrix

RANK, ROUNDS = 128, 5
OF_ALS, TRUST = 0.1, 0.1
"""ALS's ridge, for each rating of a film or a row, and its alpha: how much more a rating weighs
than the lack of one. Little, so that it finds what `principal` would."""

Frame = Any


def co_rated(ratings: Frame, films: Ids) -> tuple[Matrix, Matrix]:
    """As `co_rating.co_rated`, with directions that ALS found; `films` are those of all ratings.

    Where all weighs the same, X is nearly U Vᵀ with V = R √S: the eigenvectors of VᵀV turn V into
    the widest directions R, and its eigenvalues are their strengths S.
    """
    from pyspark.ml.recommendation import ALS

    als = ALS(
        rank=RANK,
        maxIter=ROUNDS,
        regParam=OF_ALS,
        alpha=TRUST,
        implicitPrefs=True,
        userCol="row",
        itemCol="movie",
        ratingCol="rated",
        seed=7,
    )
    found = by_film(als.fit(_rows(ratings)).itemFactors, films)
    strengths, turned = np.linalg.eigh(found.T @ found)
    strengths = np.maximum(strengths, 0.0)
    unit = found @ turned * np.sqrt(strengths / (strengths**2 + RIDGE))
    known = np.zeros(len(films))
    counts = ratings.groupBy("movie").count().collect()
    known[np.searchsorted(films, [row.movie for row in counts])] = [row["count"] for row in counts]
    return weighed(unit, known)


def _rows(ratings: Frame) -> Frame:
    """X as `row`, `movie` and `rated`: people, and some of their stretches with numbers below 0.

    To ALS all that is rated is 1. So no stretch counts OF_STRETCH, but as many are taken as its
    square, which it counts in XᵀX. A few of a million share a number, which does no harm.
    """
    age = "row_number() OVER (PARTITION BY user ORDER BY `when` DESC, movie) - 1"
    halves = ratings.selectExpr("user", "movie", f"({age}) DIV {STRETCH // 2} AS half")
    places = halves.selectExpr("user", "movie", "explode(array(half, half - 1)) AS place")
    stretches = places.where("place >= 0").selectExpr("xxhash64(user, place) AS drawn", "movie")
    taken = stretches.where(f"pmod(drawn, 1000) < {1000 * OF_STRETCH**2}")
    people = ratings.selectExpr("user AS row", "movie")
    rows = people.union(taken.selectExpr("-1 - pmod(drawn DIV 1000, 2147483647)", "movie"))
    return rows.selectExpr("row", "movie", "float(1) AS rated")
