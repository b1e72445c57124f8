"""The measuring parts of the benches, with tiny counts."""

import random
import string
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from pytest_django.live_server_helper import LiveServer

from apps.movies.actions import rate_movie
from apps.movies.models import Genre, Movie, Rating
from apps.movies.topics import RATING
from apps.outbox.projections import all_projections
from apps.outbox.testing import drain_all
from apps.users.models import Follow
from apps.vectors import generations
from apps.vectors.embedding import known_model
from apps.vectors.embedding_cache import EmbeddingCache, text_digest
from infra.bench import answers, compare, lag, rebuild, similar, tastes, throughput, training
from infra.bench.figures import Figure, quantile
from infra.bench.load import Load
from infra.bench.members import make_members
from infra.bench.opinions import reads, writes
from infra.bench.passages import WORDS, add_passages
from infra.bench.synthetic import FOLLOWS, LIKES, add_crowd
from tests.factories import make_movie, make_user

SIZE_MB = 100


@pytest.fixture
def drain(transactional_db: None) -> Callable[[], int]:
    """Deliver everything, where every transaction is committed."""
    for projection in all_projections():
        projection.ensure_schema()
    return drain_all


def test_quantile_has_its_part_at_or_below() -> None:
    values = random.sample(range(1, 101), 100)
    assert [quantile(values, part) for part in (0.0, 0.5, 0.99, 1.0)] == [1, 51, 100, 100]


def test_a_figure_holds_or_does_not() -> None:
    assert Figure("p50", 0.5, "s", at_most=0.5).holds
    assert not Figure("p50", 0.51, "s", at_most=0.5).holds
    assert not Figure("speed", 9_999, "a second", at_least=10_000).holds
    assert not Figure("nothing was measured", float("nan"), "s", at_most=1).holds


def test_every_destination_has_a_lag(drain: Callable[[], int]) -> None:
    ana, heat = make_user(), make_movie()
    drain()
    with lag.noting():
        start = time.monotonic()
        rate_movie(user=ana, movie=heat, half_stars=9)
        drain()
        within = time.monotonic() - start
        lags = lag.noted()
    assert sorted(lags) == sorted(RATING.into)
    assert all(0 < seconds <= within for (seconds,) in lags.values())
    assert lag.settle(seconds=0) == 0


def test_what_is_published_is_delivered_at_some_speed(drain: Callable[[], int]) -> None:
    ana, films = make_user(), [make_movie() for _ in range(3)]
    drain()
    throughput.serve_nothing()
    for destination, topic in (("nothing", throughput.NOTHING), ("graph", RATING)):
        keys = [(ana.pk, film.pk)[-len(topic.key) :] for film in films]
        assert throughput.speed(topic, keys, destination) > 0
    assert lag.settle(seconds=0) == 0
    (rater,) = make_members("rater", 1)
    assert len(throughput.outbox_cost(rater, films)) == 4
    assert Rating.objects.count() == 3


def test_every_kind_of_question_is_answered(
    drain: Callable[[], int], live_server: LiveServer
) -> None:
    members = make_members("bench", answers.STREAMS)
    films = {make_movie(f"Film {word}").pk: f"Film {word}" for word in string.ascii_letters}
    drain()
    answers.make_opinions(members, list(films))
    drain()
    for kind in answers.kinds(list(films), list(films.values())):
        load = answers.asked(kind, live_server.thread.port, members, 0.2)
        assert load.answers, kind.name
        assert load.failed == 0, kind.name


def test_a_mistyped_title_lacks_one_letter() -> None:
    choose = random.Random(1)
    assert len(answers.mistyped("Casablanca", choose)) == len("Casablanca") - 1
    assert answers.mistyped("Up", choose) == "Up"
    assert answers.mistyped("2001: A Space Odyssey", choose).count("+") <= 2


@pytest.mark.django_db(transaction=True)
def test_a_lost_write_is_seen(live_server: LiveServer) -> None:
    members = make_members("bench", 4)
    films = [make_movie().pk for _ in range(3)]
    port = live_server.thread.port
    streams = [
        islice(writes(members[number::2], films, members, seed=number), 30) for number in range(2)
    ]
    with (
        Load(port, streams, rate=200) as load,
        Load(port, [reads(members[0], films, seed=1)], rate=20),
    ):
        while len(load.answers) < 60:
            time.sleep(0.01)
    assert load.failed == 0
    assert rebuild.lost(load.states) == 0
    gone = Rating.objects.first()
    assert gone is not None
    gone.delete()
    assert rebuild.lost(load.states) == 1


@pytest.mark.django_db
def test_a_crowd_has_as_many_edges_as_it_says() -> None:
    for number in range(LIKES):
        make_movie(f"Film {number}")
    add_crowd(FOLLOWS + 1)
    assert Rating.objects.count() == LIKES * (FOLLOWS + 1)
    assert Follow.objects.count() == FOLLOWS * (FOLLOWS + 1)


def test_the_peak_of_a_process_is_seen() -> None:
    hold = f"import time; held = b'x' * {SIZE_MB}_000_000; time.sleep(0.2); print('{{}}')"
    told, peak = compare.watched([sys.executable, "-c", hold])
    assert told == "{}\n"
    assert SIZE_MB < peak < 2 * SIZE_MB


def test_filters_let_about_their_share_pass() -> None:
    choose = random.Random(1)
    films = [
        (choose.choice([0, *range(1950, 2010)]), choose.sample(["Drama", "War", "Noir"], 2))
        for _ in range(5_000)
    ]
    for share in similar.SHARES[:3]:
        filters = similar.filters_of(share, films)
        assert filters
        for one in filters:
            passing = sum(
                one.year_min <= year <= one.year_max and (not one.genre or one.genre in genres)
                for year, genres in films
            )
            assert abs(passing / len(films) - share) <= similar.NEAR * share


def test_passages_become_films_and_the_nearest_are_found(
    drain: Callable[[], int], tmp_path: Path
) -> None:
    Genre.objects.get_or_create(name="Drama")
    plots = [" ".join(f"word{film}x{n}" for n in range(3 * WORDS)) for film in range(4)]
    films = [make_movie(plot=plot, year=1990, genres=("Drama",)) for plot in plots]
    drain()
    passages = [" ".join(p.split()[n : n + WORDS]) for p in plots for n in range(0, 90, WORDS)]
    kept = tmp_path / "passages.npz"
    model = known_model()
    size = len(passages), model.dimensions
    vectors = np.random.default_rng(1).standard_normal(size, np.float32)
    cache = EmbeddingCache(kept, model.identity)
    cache.add(dict(zip(map(text_digest, passages), vectors, strict=True)))

    add_passages(len(films) + 10, kept)
    assert Movie.objects.count() == 14
    assert set(Movie.objects.values_list("plot", flat=True)) <= {*plots, *passages}
    made = Movie.objects.exclude(pk__in=[film.pk for film in films])
    assert {film.year for film in made} == {1990}
    assert all(film.genres.get().name == "Drama" for film in made)

    path = f"/collections/{generations.films(generations.pointer.resolve())}/points/query/batch"
    ids, filters = [film.pk for film in made], [similar.Filter(), similar.Filter(1990, 1990)]
    with similar.rest_of_the_store() as store:
        assert similar.found_of(store, path, ids, filters) == (1.0, 0)


def test_people_with_tastes_rate_the_same_every_time() -> None:
    first, again = (list(tastes.ratings_of(600, 200, 12_000)) for _ in range(2))
    pairs = [
        (one, film) for block in first for one, film in zip(block.person, block.film, strict=True)
    ]
    assert len(set(pairs)) == len(pairs) > 9_000
    assert all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for one, other in zip(first, again, strict=True)
        for name in ("person", "film", "half_stars", "when")
    )
    by_film = np.sort(np.bincount([film for _, film in pairs]))[::-1]
    assert by_film[:20].sum() > 0.2 * len(pairs)


@pytest.mark.django_db
def test_ratings_are_copied_in_place_of_all_others() -> None:
    for number in range(60):
        make_movie(f"Film {number}")
    added = training.add_ratings(people=80, films=60, ratings=1_200)
    assert Rating.objects.count() == added > 500
    one = Rating.objects.first()
    assert one is not None
    assert 1 <= one.half_stars <= 10
    assert one.rated_at == one.changed_at
    assert 2015 <= one.rated_at.year <= 2021
