"""What operators do about facts that a store refused."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from rest_framework.test import APIClient

from apps.outbox import relay
from apps.outbox.actions import publish
from apps.outbox.claims import claim_lanes, complete
from apps.outbox.dead_letters import discard_dead_letters, replay_dead_letters
from apps.outbox.failures import MAX_ATTEMPTS, postpone
from apps.outbox.models import Decision, Failure, Lane, Message
from apps.outbox.selectors import dead_letters
from apps.users.models import User
from tests.apps.outbox.conftest import Park
from tests.apps.outbox.notebook import NOTE, Notebook, let_time_pass, raising
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ALL = "/api/v1/ops/dead-letters/"


@pytest.fixture
def operator() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def staff(client_of: Callable[[User], APIClient], operator: User) -> APIClient:
    return client_of(operator)


def one(failure: Failure, verb: str = "") -> str:
    return f"{ALL}{failure.pk}/{verb}"


def waiting() -> list[str]:
    messages = Message.objects.filter(destination="notebook").order_by("id")
    return list(messages.values_list("key", flat=True))


def command(*arguments: object) -> str:
    out = StringIO()
    call_command("dead_letters", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_replayed_key_is_delivered_and_the_decision_is_kept(
    park: Park, notebook: Notebook, staff: APIClient, operator: User
) -> None:
    first, second = park((1, 1), (1, 2))
    assert staff.post(one(first, "replay/")).status_code == 204

    assert relay.drain("notebook") == 1
    assert notebook.keys() == [(1, 1)]
    assert [parked.pk for parked in dead_letters()] == [second.pk]
    decision = Decision.objects.get()
    assert (decision.action, decision.decided_by) == ("replay", f"member {operator.pk}")
    assert (decision.destination, decision.topic, decision.key) == ("notebook", NOTE.name, "1:1")
    assert (decision.error_class, decision.error) == ("ValueError", "bad note")


def test_a_replayed_key_has_all_its_attempts_again(park: Park, notebook: Notebook) -> None:
    (parked,) = park((1, 1))
    replay_dead_letters(ids=[parked.pk], by="test")
    notebook.on_delivery = raising(ValueError("still bad"))
    for _ in range(MAX_ATTEMPTS - 1):
        relay.drain("notebook")
        let_time_pass()

    assert Failure.objects.get().attempts == MAX_ATTEMPTS - 1
    assert not dead_letters().exists()


def test_a_discard_takes_what_rests_and_leaves_what_is_newer(
    park: Park, notebook: Notebook, staff: APIClient
) -> None:
    first, _ = park((1, 1), (1, 2))
    publish(NOTE, 1, 1)
    answer = staff.post(one(first, "discard/"), {"reason": "Written by a broken import."})

    assert answer.status_code == 204
    assert waiting() == ["1:2", "1:1"]
    assert Decision.objects.get().reason == "Written by a broken import."
    assert relay.drain("notebook") == 1
    assert notebook.keys() == [(1, 1)]


def standing_discards() -> set[str]:
    """The keys that a store may lack since someone gave them up."""
    standing = Decision.objects.filter(action=Decision.Action.DISCARD, superseded_at=None)
    return set(standing.values_list("key", flat=True))


def test_a_discard_explains_a_difference_until_the_fact_is_delivered(park: Park) -> None:
    parked = park((1, 1), (1, 2))
    discard_dead_letters(ids=[failure.pk for failure in parked], by="test", reason="why")
    assert standing_discards() == {"1:1", "1:2"}

    publish(NOTE, 1, 1)
    relay.drain("notebook")
    assert standing_discards() == {"1:2"}


def test_a_delivery_that_read_before_the_discard_does_not_end_it(park: Park) -> None:
    (parked,) = park((1, 1))
    publish(NOTE, 1, 1)
    early = claim_lanes("notebook", limit=10)
    assert early is not None
    discard_dead_letters(ids=[parked.pk], by="test", reason="why")

    complete(early)
    assert standing_discards() == {"1:1"}


def test_a_replay_explains_nothing(park: Park) -> None:
    (parked,) = park((1, 1))
    replay_dead_letters(ids=[parked.pk], by="test")
    assert standing_discards() == set()


@pytest.mark.parametrize(
    ("wanted", "replayed"),
    [
        ({"error_class": "ValueError"}, 2),
        ({"error_class": "ValueError", "destination": "notebook"}, 2),
        ({"destination": "notebook"}, 3),
        ({"destination": "elsewhere"}, 0),
    ],
)
def test_many_are_replayed_by_destination_and_error_class(
    park: Park, staff: APIClient, wanted: dict[str, str], replayed: int
) -> None:
    park((1, 1), (2, 2))
    park((3, 3), error=KeyError("field"))

    answer = staff.post(f"{ALL}replay/", wanted)
    assert (answer.status_code, answer.json()) == (200, {"replayed": replayed})
    assert relay.drain("notebook") == replayed
    assert Decision.objects.count() == replayed


def test_they_are_listed_in_pages_and_shown_in_full(park: Park, staff: APIClient) -> None:
    first, second = park((1, 1), (1, 2))
    (third,) = park((1, 3), error=KeyError("field"))
    page = staff.get(ALL, {"limit": 2}).json()
    assert [item["id"] for item in page["items"]] == [third.pk, second.pk]
    rest = staff.get(ALL, {"limit": 2, "cursor": page["next"]}).json()
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([first.pk], None)

    found = staff.get(ALL, {"error_class": "KeyError", "topic": NOTE.name}).json()["items"]
    assert [item["key"] for item in found] == ["1:3"]
    shown = staff.get(one(third)).json()
    assert shown == found[0]
    assert (shown["attempts"], shown["crashes"], shown["error"]) == (MAX_ATTEMPTS, 0, "'field'")


def test_what_is_parked_no_longer_is_not_found(park: Park, staff: APIClient) -> None:
    (parked,) = park((1, 1))
    replay_dead_letters(ids=[parked.pk], by="someone faster")
    postpone("notebook", [(NOTE.name, "1:1")])
    retried = Failure.objects.get()

    for failure in (parked, retried):
        answers = [
            staff.get(one(failure)),
            staff.post(one(failure, "replay/")),
            staff.post(one(failure, "discard/"), {"reason": "why"}),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Decision.objects.count() == 1
    assert waiting() == ["1:1"]


def test_requests_that_say_too_little_or_too_much_are_refused(park: Park, staff: APIClient) -> None:
    (parked,) = park((1, 1))
    for path, body in [
        (f"{ALL}replay/", {}),
        (f"{ALL}replay/", {"topic": NOTE.name}),
        (one(parked, "discard/"), {}),
        (one(parked, "discard/"), {"reason": " "}),
        (one(parked, "replay/"), {"reason": "why"}),
    ]:
        answer = staff.post(path, body)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert dead_letters().exists()


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("get", ""),
        ("get", "1/"),
        ("post", "replay/"),
        ("post", "1/replay/"),
        ("post", "1/discard/"),
    ],
)
def test_only_staff_may(
    client: APIClient, client_of: Callable[[User], APIClient], verb: str, path: str
) -> None:
    for who, status in [(client, 401), (client_of(make_user()), 403)]:
        answer = getattr(who, verb)(ALL + path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_the_command_lists_shows_replays_and_discards(park: Park) -> None:
    first, second, third = park((1, 1), (1, 2), (1, 3))
    listed = command("list", "--json", "--destination", "notebook").splitlines()
    assert [json.loads(line)["key"] for line in listed] == ["1:3", "1:2", "1:1"]
    assert "error: bad note" in command("show", first.pk)
    assert "1:1" in command("replay", first.pk, "--dry-run")
    assert "1:2" in command("discard", second.pk, "--reason", "why", "--dry-run")
    assert not Decision.objects.exists()

    command("discard", second.pk, "--reason", "why", "--yes")
    command("replay", "--error-class", "ValueError")
    decided = Decision.objects.order_by("id").values_list("action", "key")
    assert list(decided)[0] == ("discard", "1:2")
    assert sorted(decided[1:]) == [("replay", "1:1"), ("replay", "1:3")]


def test_the_command_does_nothing_when_it_cannot_do_all(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    (parked,) = park((1, 1))
    with pytest.raises(CommandError, match="No such dead letters: 7"):
        command("replay", parked.pk, 7)
    with pytest.raises(CommandError, match="Name ids"):
        command("replay")
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    with pytest.raises(CommandError, match="Nothing was discarded"):
        command("discard", parked.pk, "--reason", "why")
    assert dead_letters().get() == parked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decide", [replay_dead_letters, partial(discard_dead_letters, reason="")])
def test_a_decision_takes_the_lanes_before_the_failure_as_deliveries_do(
    park: Park, decide: Callable[..., int]
) -> None:
    """Whatever a delivery in its lane has still to lock is free, so neither waits for ever."""
    with transaction.atomic():
        (parked,) = park((1, 1))

    def operator() -> int:
        try:
            return decide(ids=[parked.pk], by="test")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            list(Lane.objects.select_for_update().filter(destination="notebook"))
            decision = pool.submit(operator)
            eventually(lambda: decision.done() or someone_waits_for_a_lock())
            assert not decision.done()
            assert list(Failure.objects.select_for_update(nowait=True)) == [parked]
            assert len(Message.objects.select_for_update(nowait=True)) == 1
        assert decision.result() == 1


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
