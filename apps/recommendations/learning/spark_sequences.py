"""On Spark: which films members rate soon after which."""

from typing import Any

import numpy as np

from apps.movies.models import LEAST_TOLD
from apps.recommendations.learning.ratings import Ids
from apps.recommendations.learning.sequences import (
    FADE,
    KEPT,
    KNOWN_AS_NEXT,
    WINDOW,
    best_of_each,
)
from apps.vectors.factors import Matrix

Frame = Any

NEWER = f"""
collect_list(movie) OVER (
    PARTITION BY user ORDER BY `when` DESC, xxhash64(user, movie)
    ROWS BETWEEN {WINDOW} PRECEDING AND 1 PRECEDING
)
"""
"""The ratings that followed one, the last of them first; those of one second are in any order."""


def rated_next(ratings: Frame, films: Ids) -> tuple[Ids, Matrix]:
    """As `sequences.rated_next`; `films` are those of all ratings."""
    # Two steps: the name of an exploded column cannot be used in the select that makes it.
    newer = ratings.selectExpr("movie AS earlier", f"{NEWER} AS newer")
    steps = newer.selectExpr("earlier", "size(newer) AS farthest", "posexplode(newer)")
    pairs = (
        steps.selectExpr("earlier", "col AS later", f"exp((pos - farthest) / {FADE}) AS worth")
        .groupBy("earlier", "later")
        .agg({"worth": "sum", "*": "count"})
        .where(f"`count(1)` >= {LEAST_TOLD}")
    )
    counts = ratings.groupBy("movie").count()
    before = counts.selectExpr("movie AS earlier", "count AS raters")
    after = counts.selectExpr("movie AS later", f"pow(count, {KNOWN_AS_NEXT}) AS known")
    weighed = pairs.join(before, "earlier").join(after, "later")
    told = weighed.selectExpr("earlier", "later", "`sum(worth)` / raters / known AS worth")
    place = "row_number() OVER (PARTITION BY earlier ORDER BY worth DESC, later)"
    kept = told.selectExpr("*", f"{place} AS place").where(f"place <= {KEPT}").collect()
    columns = np.array([(row.earlier, row.later, row.worth) for row in kept]).reshape(-1, 3).T
    earlier, later = (np.searchsorted(films, column.astype(np.int64)) for column in columns[:2])
    return best_of_each(earlier, later, columns[2], len(films))
