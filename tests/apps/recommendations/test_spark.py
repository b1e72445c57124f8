"""Trainings on Spark, in this machine, beside those of the usual engine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie, Rating
from apps.recommendations import statistics, training
from apps.recommendations.learning import sequences, spark_sequences
from apps.recommendations.learning.exporting import NAMES, export
from apps.recommendations.learning.on_spark import on_spark
from apps.recommendations.learning.ratings import in_order, learnable
from apps.recommendations.learning.spark_co_rating import co_rated
from apps.recommendations.learning.spark_session import HERE, spark_session
from apps.recommendations.management.commands import train_recommendations
from apps.users.models import User
from apps.vectors import factors
from apps.vectors.models import Training
from infra.bench.tastes import ratings_of
from tests.apps.recommendations.conftest import MINE, ClientOf
from tests.apps.recommendations.test_co_rating import in_a_row_to_apart, in_turns
from tests.factories import make_movie

pytestmark = pytest.mark.django_db
PEOPLE, FILMS, RATINGS = 400, 200, 16_000
AS_GOOD = 0.85
"""Of the usual engine's NDCG@10, what ALS reaches at least."""


@pytest.fixture
def spark() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make spark")


@pytest.fixture
def tastes(db: None) -> None:
    """A crowd with tastes."""
    films = [make_movie().pk for _ in range(FILMS)]
    people = User.objects.bulk_create(
        User(username=f"crowd-{n}", email=f"crowd-{n}@example.com") for n in range(PEOPLE)
    )
    for block in ratings_of(PEOPLE, FILMS, RATINGS):
        columns = (block.person, block.film, block.half_stars, block.when)
        Rating.objects.bulk_create(
            Rating(user=people[one], movie_id=films[film], half_stars=half, changed_at=when)
            for one, film, half, when in (
                (one, film, half, datetime.fromtimestamp(when, tz=UTC))
                for one, film, half, when in zip(*(c.tolist() for c in columns), strict=True)
            )
        )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("spark", "tastes")
def test_spark_learns_about_as_well_from_the_same_ratings() -> None:
    usual, spark = training.train(), training.train(on_spark())
    assert spark.learned_from == usual.learned_from
    reached = [one.figures["held_out_ndcg_at_10"] for one in (spark, usual)]
    assert reached[0] >= AS_GOOD * reached[1] > 0.02

    theirs, ours = factors.held(spark.pk), factors.held(usual.pk)
    assert theirs.movie_ids.tolist() == ours.movie_ids.tolist()
    assert np.allclose(theirs.mean, ours.mean, atol=1e-3)
    assert np.allclose(theirs.offset, ours.offset, atol=0.05)
    assert theirs.traits.shape == ours.traits.shape


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("spark")
def test_what_spark_learned_serves(
    halves: tuple[list[Movie], list[Movie]], ana: User, client_of: ClientOf
) -> None:
    call_command("train_recommendations", engine="spark")
    live = factors.live()
    assert live is not None
    assert live.verdict == Training.Verdict.ACCEPTED
    statistics.rebuild(lambda *progress: None)  # without them nothing is told of a film's stars
    client: APIClient = client_of(ana)
    for chosen in halves:
        rate_movie(user=ana, movie=chosen[0], half_stars=10)
        best = client.get(MINE).json()["items"][0]
        assert best["movie"]["id"] in {film.pk for film in chosen}
        assert best["predicted_stars"] is not None


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("spark")
def test_films_rated_in_a_row_belong_together_on_spark_too() -> None:
    columns = np.stack(in_turns(), axis=1)
    with spark_session(HERE) as session:
        types = ", ".join(f"`{name}` long" for name in NAMES)
        ratings = session.createDataFrame(columns.tolist(), types)
        assert in_a_row_to_apart(*co_rated(ratings, np.unique(columns[:, 1]))) > 1.5


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("spark")
def test_spark_finds_the_same_steps_from_film_to_film() -> None:
    columns = in_turns()
    ratings = in_order(*columns)
    with spark_session(HERE) as session:
        types = ", ".join(f"`{name}` long" for name in NAMES)
        frame = session.createDataFrame(np.stack(columns, axis=1).tolist(), types)
        theirs = spark_sequences.rated_next(frame, ratings.films)
    rows, worth = sequences.rated_next(ratings)
    assert np.allclose(theirs[1], worth, rtol=1e-4)
    # Films of the same worth may change places.
    assert np.mean(theirs[0] == rows) > 0.99


@pytest.mark.usefixtures("spark")
def test_the_export_holds_what_may_be_learned_from(
    halves: tuple[list[Movie], list[Movie]], tmp_path: Path
) -> None:
    from pyarrow import parquet

    Rating.objects.filter(movie__in=halves[0][:3]).update(learn=False)
    export(tmp_path / "new")
    table = parquet.read_table(tmp_path / "new")
    rows = {tuple(row.values()) for row in table.to_pylist()}
    held = learnable().values_list("user", "movie", "half_stars", "changed_at")
    assert rows == {(*row, int(when.timestamp())) for *row, when in held}
    with pytest.raises(FileExistsError):
        export(tmp_path / "new")


def test_without_the_extra_the_command_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(CommandError, match=r"requirements/spark\.lock"):
        call_command("train_recommendations", engine="spark")


def test_a_folder_that_is_not_empty_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the export raises, without the extra."""

    @contextmanager
    def opened() -> Iterator[training.Learner]:
        raise FileExistsError(f"{tmp_path} is not empty.")
        yield

    monkeypatch.setattr(train_recommendations, "on_spark", lambda master, folder: opened)
    with pytest.raises(CommandError, match="is not empty"):
        call_command("train_recommendations", engine="spark", spark_folder=tmp_path)
