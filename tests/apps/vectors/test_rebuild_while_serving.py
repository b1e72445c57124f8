"""Rebuilds beside a reader, a writer and a relay: no read fails, and no write is lost."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from apps.consistency.reconciling import reconcile
from apps.movies.actions import delete_movie, rate_movie, unrate_movie, update_movie
from apps.movies.models import Movie
from apps.movies.topics import MOVIE
from apps.outbox import relay
from apps.outbox.actions import publish
from apps.outbox.models import Generation, Message
from apps.users.models import User
from apps.vectors.store import get_vectors
from tests.factories import make_movie, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_generations"),
]

FILMS = 40
SEED = 4


class Writer:
    """Changes, deletes and brings back films and ratings, as long as it is let."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.users = [make_user() for _ in range(4)]
        self.ids = [make_movie(f"Film {number}").pk for number in range(FILMS)]
        self.writes = 0

    def __call__(self) -> None:
        movie = Movie.objects.filter(pk=self.random.choice(self.ids)).first()
        if movie is None:
            self._bring_back()
        else:
            self._change(movie, self.random.choice(self.users))
        self.writes += 1

    def _bring_back(self) -> None:
        gone = set(self.ids) - set(Movie.objects.values_list("pk", flat=True))
        with transaction.atomic():
            movie = Movie.objects.create(pk=min(gone), title=f"Back {self.writes}")
            publish(MOVIE, movie.pk)

    def _change(self, movie: Movie, user: User) -> None:
        choice = self.random.random()
        if choice < 0.15:
            delete_movie(movie=movie)
        elif choice < 0.4:
            update_movie(movie=movie, title=f"Changed {self.writes}")
        elif choice < 0.8:
            rate_movie(user=user, movie=movie, half_stars=self.random.randint(1, 10))
        else:
            unrate_movie(user=user, movie=movie)


@contextmanager
def repeated(*works: Callable[[], object]) -> Iterator[threading.Event]:
    """Each work again and again on a thread of its own; raises what any of them raised.

    The event is set at the first error and at the end.
    """
    stop = threading.Event()

    def run(work: Callable[[], object]) -> None:
        try:
            while not stop.wait(0.002):
                work()
        finally:
            stop.set()
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        running: list[Future[None]] = [pool.submit(run, work) for work in works]
        try:
            yield stop
        finally:
            stop.set()
        for one in running:
            one.result()


def states() -> list[str]:
    rows = Generation.objects.filter(destination="vectors").order_by("id")
    return list(rows.values_list("state", flat=True))


def test_no_read_fails_and_no_write_is_lost() -> None:
    writer = Writer()
    anchor = make_movie("Anchor").pk
    while relay.drain("vectors"):
        pass
    reads: list[set[int]] = []

    with repeated(
        writer,
        lambda: relay.drain("vectors"),
        lambda: reads.append({*get_vectors().vectors_of([anchor])}),
    ):
        call_command("rebuild", "vectors")
        call_command("rebuild", "vectors", "--rollback")
        call_command("rebuild", "vectors")
        call_command("rebuild", "vectors", "--finalise", "--yes")
        call_command("rebuild", "vectors", "--in-place")
    while Message.objects.filter(destination="vectors").exists():
        relay.drain("vectors")

    print(f"{len(reads)} reads, {writer.writes} writes, seed {SEED}")
    assert states() == ["retired", "retired", "live"]
    assert writer.writes > 50
    assert len(reads) > 50
    assert all(found == {anchor} for found in reads)
    compared = list(reconcile(stores={"vectors"}, generation="g3"))
    assert [(kind.drift, kind.explained) for kind in compared] == [({}, {})] * 2
    assert compared[0].found > FILMS // 2


def test_the_former_generation_stays_equal_until_it_is_retired() -> None:
    writer = Writer()
    with repeated(writer, lambda: relay.drain("vectors")) as stop:
        call_command("rebuild", "vectors")
        until = writer.writes + 50
        while writer.writes < until and not stop.wait(0.01):
            pass
    while Message.objects.filter(destination="vectors").exists():
        relay.drain("vectors")

    assert states() == ["previous", "live"]
    for name in ("g1", "g2"):
        compared = list(reconcile(stores={"vectors"}, generation=name))
        assert [(kind.drift, kind.explained) for kind in compared] == [({}, {})] * 2
