"""What the relay promises, whatever the store behind a destination does."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.common.errors import StoreUnavailable
from apps.outbox import relay
from apps.outbox.actions import noting, publish, publish_many, publish_with
from apps.outbox.claims import LEASE_SECONDS, Claim, claim_lanes, complete
from apps.outbox.failures import MAX_ATTEMPTS, record
from apps.outbox.models import Circuit, Failure, Lane, Message
from apps.outbox.selectors import destination_status
from apps.outbox.topics import LANES, Key
from tests.apps.outbox.notebook import NOTE, PAST, Notebook, let_time_pass, raising

pytestmark = pytest.mark.django_db

FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def drain() -> int:
    return relay.drain("notebook")


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError, match=r"tests\.note"):
        publish(NOTE, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_fact_and_its_messages_are_one_statement_that_is_done_or_not() -> None:
    table = "CREATE TABLE fact (number int PRIMARY KEY)"
    insert = "INSERT INTO fact VALUES (%(number)s) RETURNING number, number + 1"
    with connection.cursor() as cursor:
        cursor.execute(table)
    try:
        with noting() as ids:
            assert publish_with(insert, {"number": 7}, NOTE, 1, 7) == (7, 8)
        with pytest.raises(IntegrityError):
            publish_with(insert, {"number": 7}, NOTE, 2, 7)
        assert ids == [message.id for message in Message.objects.filter(topic=NOTE.name)]
        assert len(ids) == len(NOTE.into)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE fact")


def test_messages_about_one_fact_are_delivered_once_and_deleted(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    publish(NOTE, 1, 1)
    publish(NOTE, 1, 2)

    assert drain() == 3
    assert notebook.keys() == [(1, 1), (1, 2)]
    assert not Message.objects.filter(destination="notebook").exists()


def test_a_message_published_during_its_delivery_survives(notebook: Notebook) -> None:
    def change_once_more(keys: Sequence[Key]) -> None:
        if len(notebook.deliveries) == 0:
            publish(NOTE, *keys[0])

    notebook.on_delivery = change_once_more
    publish(NOTE, 1, 1)

    assert drain() == 2
    assert notebook.keys() == [(1, 1), (1, 1)]


def test_who_was_hinted_leaves_what_is_published_meanwhile_to_its_own_hint(
    notebook: Notebook,
) -> None:
    def add_news(keys: Sequence[Key]) -> None:
        if len(notebook.deliveries) == 0:
            publish(NOTE, 2, 2)

    notebook.on_delivery = add_news
    publish(NOTE, 1, 1)

    assert relay.drain("notebook", hinted=True) == 1
    assert relay.drain("notebook", hinted=True) == 1
    assert notebook.keys() == [(1, 1), (2, 2)]


def test_who_was_hinted_goes_on_while_batches_are_full_or_refused(notebook: Notebook) -> None:
    publish_many(NOTE, [(member, number) for member in range(20) for number in range(10)])
    assert relay.drain("notebook", hinted=True) == 200

    notebook.on_delivery = raising(ValueError("bad note"), (1, 5))
    publish_many(NOTE, [(1, number) for number in range(50)])
    assert relay.drain("notebook", hinted=True) == 49


def test_each_delivery_has_a_higher_fence(notebook: Notebook) -> None:
    for number in range(5):
        publish(NOTE, number, 1)
        drain()

    fences = [fence for _, fence in notebook.deliveries]
    assert fences == sorted(set(fences))
    assert len(fences) == 5


def test_a_key_that_must_be_read_again_is_delivered_again(notebook: Notebook) -> None:
    notebook.on_delivery = lambda keys: keys if len(notebook.deliveries) == 0 else None
    publish(NOTE, 1, 1)

    assert drain() == 0
    assert Failure.objects.get(destination="notebook").attempts == 0
    let_time_pass()
    assert drain() == 1
    assert not Failure.objects.filter(destination="notebook").exists()


@pytest.mark.parametrize(("late", "wait"), [(0, 0.5), (4, 4), (3600, 30)])
def test_a_key_that_is_read_again_and_again_waits_as_long_again_as_it_has(
    notebook: Notebook, late: float, wait: float
) -> None:
    notebook.on_delivery = lambda keys: keys
    publish(NOTE, 1, 1)
    drain()
    began = datetime.now(UTC) - timedelta(seconds=late)
    Failure.objects.update(first_failed_at=began)
    let_time_pass()

    assert drain() == 0
    failure = Failure.objects.get(destination="notebook")
    assert (failure.next_at - datetime.now(UTC)).total_seconds() == pytest.approx(wait, abs=0.4)
    assert (failure.attempts, failure.parked_at) == (0, None)


def test_a_store_that_is_away_burns_no_attempt_and_is_left_alone(notebook: Notebook) -> None:
    notebook.on_delivery = raising(StoreUnavailable("notebook"))
    notebook.alive = False
    publish_many(NOTE, [(number, 1) for number in range(20)])

    assert drain() == 0
    Circuit.objects.update(open_until=FUTURE)
    assert drain() == 0
    assert "notebook" not in relay.due_destinations()
    assert not Failure.objects.filter(destination="notebook").exists()
    assert Message.objects.filter(destination="notebook").count() == 20


def test_the_sweep_closes_the_circuit_of_a_store_that_answers_again(notebook: Notebook) -> None:
    notebook.on_delivery = raising(StoreUnavailable("notebook"))
    publish(NOTE, 1, 1)
    drain()
    Circuit.objects.update(open_until=FUTURE)
    notebook.on_delivery = lambda keys: None

    assert "notebook" in relay.due_destinations()
    assert drain() == 1


def test_poison_is_parked_alone_and_everything_else_is_delivered(notebook: Notebook) -> None:
    notebook.on_delivery = raising(ValueError("bad note"), (1, 50))
    publish_many(NOTE, [(1, number) for number in range(100)])

    for _ in range(MAX_ATTEMPTS):
        drain()
        let_time_pass()

    assert sorted(set(notebook.keys())) == [(1, n) for n in range(100) if n != 50]
    (dead,) = Failure.objects.filter(parked_at__isnull=False)
    assert (dead.key, dead.attempts, dead.error) == ("1:50", MAX_ATTEMPTS, "bad note")
    assert drain() == 0


def test_news_about_a_parked_key_is_tried_and_resolves_the_dead_letter(notebook: Notebook) -> None:
    notebook.on_delivery = raising(ValueError("bad note"))
    publish(NOTE, 1, 1)
    for _ in range(MAX_ATTEMPTS):
        drain()
        let_time_pass()
    assert Failure.objects.filter(parked_at__isnull=False).count() == 1

    notebook.on_delivery = lambda keys: None
    publish(NOTE, 1, 1)

    assert drain() == 2
    assert not Failure.objects.exists()
    assert not Message.objects.filter(destination="notebook").exists()


def test_news_that_comes_while_a_key_is_parked_is_tried(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    for _ in range(MAX_ATTEMPTS - 1):
        notebook.on_delivery = raising(ValueError("bad note"))
        drain()
        let_time_pass()

    def refuse(keys: Sequence[Key]) -> None:
        publish(NOTE, 1, 1)
        raise ValueError("bad note")

    notebook.on_delivery = refuse
    drain()
    let_time_pass()
    assert Failure.objects.filter(parked_at__isnull=False).count() == 1
    notebook.on_delivery = lambda keys: None
    assert drain() == 2
    assert not Failure.objects.exists()


def test_lanes_are_leased_to_one_delivery_at_a_time(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    held = claim_lanes("notebook", limit=10)
    assert held is not None

    assert claim_lanes("notebook", limit=10) is None
    let_time_pass()
    later = claim_lanes("notebook", limit=10)
    assert later is not None
    assert later.fence.number > held.fence.number


def test_a_delivery_takes_as_many_lanes_as_fill_it(notebook: Notebook) -> None:
    publish_many(NOTE, [(member, number) for member in range(20) for number in range(5)])
    lanes = set(range(LANES))

    first = claim_lanes("notebook", limit=10)
    assert first is not None
    assert len(first.messages) == 10
    rest = claim_lanes("notebook", limit=100)
    assert rest is not None
    assert {*first.lanes, *rest.lanes} == lanes
    assert not {*first.lanes} & {*rest.lanes}
    complete(first)
    complete(rest)
    assert drain() == 100 - len(first.messages) - len(rest.messages)
    assert not Lane.objects.exclude(leased_until__lte=PAST).exists()


def test_a_suspect_lane_is_claimed_alone_until_its_dead_holders_messages_are_done(
    notebook: Notebook,
) -> None:
    publish_many(NOTE, [(member, number) for member in range(20) for number in range(5)])
    assert claim_lanes("notebook", limit=100) is not None  # and its holder dies here
    let_time_pass()
    publish_many(NOTE, [(member, 9) for member in range(20)])

    for _ in range(LANES):
        alone = claim_lanes("notebook", limit=100)
        assert alone is not None
        assert len(alone.lanes) == 1
        assert len(alone.messages) <= 10
    let_time_pass()
    assert drain() == 120
    assert drain() == 0
    publish_many(NOTE, [(member, 1) for member in range(20)])
    together = claim_lanes("notebook", limit=100)
    assert together is not None
    assert set(together.lanes) == set(range(LANES))


def test_a_delivery_that_died_makes_the_next_ones_small(notebook: Notebook) -> None:
    publish_many(NOTE, [(1, number) for number in range(100)])
    assert claim_lanes("notebook", limit=100) is not None  # and its holder dies here
    let_time_pass()

    after = claim_lanes("notebook", limit=100)
    assert after is not None
    assert len(after.messages) == 10
    complete(after)
    assert drain() == 90


def test_a_key_that_kills_its_delivery_twice_alone_is_parked(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    for _ in range(5):  # die, be found, rest, die, be found
        claim_lanes("notebook", limit=10)
        let_time_pass()

    (dead,) = Failure.objects.filter(parked_at__isnull=False)
    assert (dead.key, dead.crashes) == ("1:1", 2)


def test_a_delivery_that_lost_its_lane_parks_nothing(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    zombie = claim_lanes("notebook", limit=10)
    assert isinstance(zombie, Claim)
    let_time_pass()
    assert claim_lanes("notebook", limit=10) is not None

    for _ in range(MAX_ATTEMPTS + 1):
        record(zombie, ValueError("late"))

    assert not Failure.objects.filter(parked_at__isnull=False).exists()


def test_status_tells_depth_age_and_dead_letters(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    Message.objects.update(published_at="2020-01-01T00:00:00Z")

    status = {row.destination: row for row in destination_status()}["notebook"]
    assert (status.depth, status.dead_letters, status.circuit_open) == (1, 0, False)
    assert status.oldest_seconds > 10**8


def test_what_is_applied_is_counted_once_and_what_needed_no_write_of_its_own(
    notebook: Notebook,
) -> None:
    for key in [(1, 1), (1, 1), (1, 2)]:
        publish(NOTE, *key)
    zombie = claim_lanes("notebook", limit=10)
    assert zombie is not None
    let_time_pass()
    Lane.objects.update(in_flight=0)
    assert drain() == 3
    assert complete(zombie) == 0

    status = {row.destination: row for row in destination_status()}["notebook"]
    assert (status.applied, status.coalesced) == (3, 1)


def test_leases_are_short_and_by_the_clock_of_the_database(notebook: Notebook) -> None:
    publish(NOTE, 1, 1)
    claim_lanes("notebook", limit=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(epoch FROM leased_until - clock_timestamp()) FROM outbox_lane"
            " WHERE destination = 'notebook' AND in_flight = 1"
        )
        (left,) = cursor.fetchone()
    assert 0 < left <= LEASE_SECONDS <= 5


@pytest.mark.django_db(transaction=True)
def test_deliveries_that_end_together_do_not_wait_for_each_other_for_ever(
    notebook: Notebook,
) -> None:
    """Twenty rounds of four relays on one lane without leases: once a deadlock."""

    def relay_without_lease() -> None:
        try:
            for _ in range(20):
                claim = claim_lanes("notebook", limit=50)
                if claim is not None:
                    lane = Lane.objects.filter(destination="notebook", number__in=claim.lanes)
                    lane.update(leased_until=PAST)
                    complete(claim, set(claim.distinct_keys()[:1]))
        finally:
            connection.close()

    with transaction.atomic():
        publish_many(NOTE, [(1, number) for number in range(300)])
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(relay_without_lease) for _ in range(4)]:
            future.result()
    Message.objects.filter(destination="notebook").delete()
