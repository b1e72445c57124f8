"""A store that is silent or away: readers go on within 300 ms, writers keep their messages."""

import time
from collections.abc import Callable, Iterator

import pytest

from apps.common import health
from apps.common.errors import StoreUnavailable
from apps.outbox import failures, relay
from apps.outbox.models import Message
from apps.vectors.store import VectorStore
from infra.embedded.testing import EmbeddedStores
from tests.apps.vectors.conftest import fence, film, new_id, unit
from tests.factories import make_movie


@pytest.fixture
def paused(
    visitors_wait: None, vectors: VectorStore, stores: EmbeddedStores
) -> Iterator[VectorStore]:
    """The store while it accepts and never answers."""
    key = new_id()
    vectors.put_films([film(key)], fence(5))
    assert vectors.vectors_of([key])
    stores.pause("vectors")
    try:
        yield vectors
    finally:
        stores.resume("vectors")
        until(lambda: answers(vectors))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(vectors: VectorStore) -> bool:
    try:
        return bool(vectors.counts())
    except StoreUnavailable:
        return False


def seconds_of(call: Callable[[], object]) -> float:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        call()
    assert caught.value.store == "vectors"
    return time.monotonic() - started


def test_every_read_gives_up_within_300_ms(paused: VectorStore) -> None:
    reads: list[Callable[[], object]] = [
        lambda: paused.similar([1]),
        lambda: paused.nearest_to(unit(1)),
        lambda: paused.query_batch([]) or paused.counts(),
        lambda: paused.vectors_of([1]),
        lambda: paused.people_like(1),
        paused.counts,
    ]
    assert max(seconds_of(read) for read in reads) < 0.3


def test_the_probe_says_so_within_300_ms(paused: VectorStore) -> None:
    started = time.monotonic()
    assert not health.answers("vectors")
    assert time.monotonic() - started < 0.3


def test_a_write_gives_up_within_its_lease(paused: VectorStore) -> None:
    assert seconds_of(lambda: paused.put_films([film(new_id())], fence(5))) < 4.5


def test_messages_wait_for_the_store(
    vectors: VectorStore, stores: EmbeddedStores, drain: Callable[[], int]
) -> None:
    drain()
    movie = make_movie()
    stores.pause("vectors")
    try:
        assert relay.drain("vectors") == 0
        assert failures.is_open("vectors")
        assert Message.objects.filter(destination="vectors").exists()
    finally:
        stores.resume("vectors")
    until(lambda: health.answers("vectors"))
    until(lambda: "vectors" in relay.due_destinations())
    relay.drain("vectors")
    until(lambda: answers(vectors))
    assert vectors.vectors_of([movie.pk])
    assert not Message.objects.filter(destination="vectors").exists()


def test_the_probe_answers_for_a_store_that_is_there(vectors: VectorStore) -> None:
    assert health.answers("vectors")
