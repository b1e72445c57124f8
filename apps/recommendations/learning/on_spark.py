"""Training on Spark: MLlib's ALS over a Parquet export of the ratings.

Only what is known of films, and of the members that a training is measured on, comes into this
process; ratings stay where Spark has them. pyspark is the extra `spark`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from apps.recommendations import training
from apps.recommendations.learning import spark_sequences, spark_stars
from apps.recommendations.learning.exporting import NAMES, export
from apps.recommendations.learning.ratings import Ids, Ratings, in_order
from apps.recommendations.learning.spark_co_rating import co_rated
from apps.recommendations.learning.spark_session import HERE, spark_session
from apps.recommendations.learning.traits import traits_of
from apps.vectors.factors import Factors

Frame = Any


def on_spark(master: str = HERE, folder: Path | None = None) -> training.Engine:
    """Learns where `master` says. Ratings are exported to the folder, which all nodes must see."""

    @contextmanager
    def opened() -> Iterator[training.Learner]:
        with spark_session(master) as session, TemporaryDirectory(prefix="cinemesh-") as own:
            ratings = folder or Path(own)
            export(ratings)
            yield _OnSpark(session, session.read.parquet(str(ratings)))

    return opened


class _OnSpark:
    """Learns from a frame of ratings with the columns of the export."""

    def __init__(self, session: Any, ratings: Frame) -> None:
        self._session = session
        self._ratings = ratings.persist()

    def learned_from(self) -> dict[str, int]:
        people = self._ratings.select("user").distinct().count()
        return {"ratings": self._ratings.count(), "people": people, "films": len(self._films)}

    def held_out_ndcg(self) -> float:
        """As `training.held_out_ndcg`."""
        own = self._of_tested()
        is_target = own.age == 0
        target = own.only(is_target)
        pairs = np.stack([own.people[target.person], own.films[target.film]], axis=1)
        held_out = self._session.createDataFrame(pairs.tolist(), "user long, movie long")
        rest = self._ratings.join(held_out, ["user", "movie"], "left_anti")
        return training.ndcg_at_10(*co_rated(rest, self._films), own.only(~is_target), target)

    def learn(self) -> Factors:
        """As `training.learn`."""
        taste, film = co_rated(self._ratings, self._films)
        stars = spark_stars.learn(self._session, self._ratings, self._films)
        genres_and_years = training.genres_and_years(self._films)
        traits = traits_of(stars.directions, *genres_and_years)
        mean = np.array(stars.mean, np.float32)
        offset = stars.of_films.astype(np.float32)
        following = spark_sequences.rated_next(self._ratings, self._films)
        return Factors(self._films, taste, film, traits, offset, mean, *following)

    @cached_property
    def _films(self) -> Ids:
        rows = self._ratings.select("movie").distinct().collect()
        return np.sort(np.array([row.movie for row in rows], np.int64))

    def _of_tested(self) -> Ratings:
        """All ratings of some members with several; `film` are places among all films."""
        from pyspark.sql import functions as F  # noqa: N812 - the name that Spark gives it

        several = self._ratings.groupBy("user").count().where("count > 1")
        some = several.orderBy(F.xxhash64("user")).limit(training.HELD_OUT).select("user")
        rows = self._ratings.join(F.broadcast(some), "user").select(*NAMES).collect()
        columns = np.array(rows, np.int64).reshape(-1, len(NAMES)).T
        return in_order(*columns).among(self._films)
