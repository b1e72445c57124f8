"""The ledger in the admin: shown to operators, who decide about dead letters alone."""

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.outbox import failures
from apps.outbox.fences import draw
from apps.outbox.models import Circuit, Decision, Failure, Generation, Lane, Message
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db
MODELS = [Message, Lane, Failure, Decision, Circuit, Generation]


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:outbox_{model.__name__.lower()}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_each_list_opens_and_offers_nothing_to_change(operator: Client, model: type) -> None:
    response = operator.get(address(model, "changelist"))
    assert response.status_code == 200
    assert operator.get(address(model, "add")).status_code == 403


def test_messages_are_found_by_destination_topic_and_key(operator: Client) -> None:
    movie = make_movie()
    one = Message.objects.get(topic="movies.movie", key=str(movie.pk), destination="graph")
    found = operator.get(
        address(Message, "changelist"),
        {"destination": "graph", "topic": "movies.movie", "q": one.key},
    )
    assert list(found.context["cl"].queryset) == [one]
    assert operator.get(address(Message, "change", one.pk)).status_code == 200
    assert operator.post(address(Message, "change", one.pk), {"lane": 3}).status_code == 403
    assert operator.post(address(Message, "delete", one.pk), {"post": "yes"}).status_code == 403
    assert Message.objects.filter(pk=one.pk).exists()


def test_dead_letters_are_told_from_keys_that_wait(operator: Client) -> None:
    movie = make_movie()
    key = str(movie.pk)
    for _ in range(failures.MAX_CRASHES):
        failures.record_crash("graph", "movies.movie", key)
    failures.postpone("vectors", [("movies.movie", key)])

    def shown(state: str) -> set[str]:
        found = operator.get(address(Failure, "changelist"), {"state": state, "q": key})
        return {failure.destination for failure in found.context["cl"].queryset}

    assert shown("parked") == {"graph"}
    assert shown("waiting") == {"vectors"}


def test_an_open_circuit_is_shown(operator: Client) -> None:
    failures.open_circuit("graph", "No answer in time.")
    page = operator.get(address(Circuit, "changelist")).content.decode()
    assert "No answer in time." in page


def test_generations_are_shown(operator: Client) -> None:
    Generation.objects.create(destination="shown", name="g1", state=Generation.State.RETIRED)
    assert "g1" in operator.get(address(Generation, "changelist")).content.decode()
    assert draw("shown").generations == ()


def test_members_of_staff_without_rights_see_nothing() -> None:
    client = Client()
    client.force_login(make_user(is_staff=True))
    assert client.get(address(Message, "changelist")).status_code == 403


def parked_film() -> Failure:
    movie = make_movie()
    for _ in range(failures.MAX_CRASHES):
        failures.record_crash("graph", "movies.movie", str(movie.pk))
    return Failure.objects.get(destination="graph", key=str(movie.pk))


def act(client: Client, action: str, *failures: Failure, **more: str) -> HttpResponse:
    chosen = {"action": action, "_selected_action": [failure.pk for failure in failures]}
    return client.post(address(Failure, "changelist"), chosen | more)


def test_a_dead_letter_is_replayed(operator: Client) -> None:
    parked, kept = parked_film(), parked_film()
    assert act(operator, "replay", parked).status_code == 302
    assert [failure.pk for failure in Failure.objects.all()] == [kept.pk]
    assert Decision.objects.get().key == parked.key


def test_a_discard_asks_why_and_then_says_so(operator: Client) -> None:
    parked = parked_film()
    assert b'name="reason"' in act(operator, "discard", parked).content
    assert b'name="reason"' in act(operator, "discard", parked, reason=" ").content
    assert Failure.objects.exists()

    assert act(operator, "discard", parked, reason="A broken import.").status_code == 302
    assert not Failure.objects.exists()
    assert not Message.objects.filter(destination="graph", key=parked.key).exists()
    assert "A broken import." in operator.get(address(Decision, "changelist")).content.decode()


def test_who_may_only_look_is_offered_no_action() -> None:
    looker = make_user(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_failure"))
    client = Client()
    client.force_login(looker)
    parked = parked_film()
    assert b"Replay" not in client.get(address(Failure, "changelist")).content
    act(client, "replay", parked)
    assert Failure.objects.get() == parked
