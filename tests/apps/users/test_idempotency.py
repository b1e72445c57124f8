"""A POST with an Idempotency-Key is done once, however often it comes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.recommendations.models import Dismissal
from apps.users.actions import forget_answers
from apps.users.models import KeptAnswer
from infra.bench.members import make_members
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

DISMISS = "/api/v1/me/recommendations/dismiss/"
names = count()


def dismiss(token: str, movie_id: int, key: str = "one") -> Any:
    """A request with a real token: who asks is known before the view is called."""
    return Client().post(
        DISMISS,
        {"movie": movie_id},
        "application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )


def somebody() -> str:
    """A new member's token."""
    return make_members(f"keys-{next(names)}", 1)[0].token


@pytest.fixture
def ana() -> str:
    return somebody()


def test_the_same_request_is_answered_alike_and_done_once(ana: str) -> None:
    film = make_movie()
    first = dismiss(ana, film.pk)
    assert first.status_code == 200
    Dismissal.objects.all().delete()
    again = dismiss(ana, film.pk)
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Content-Type"] == first["Content-Type"]
    assert not Dismissal.objects.exists()


def test_another_request_with_a_used_key_is_refused(ana: str) -> None:
    dismiss(ana, make_movie().pk)
    answer = dismiss(ana, make_movie().pk)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert Dismissal.objects.count() == 1


def test_keys_of_two_members_are_two(ana: str) -> None:
    film = make_movie()
    dismiss(ana, film.pk)
    assert not dismiss(somebody(), film.pk).has_header("Idempotency-Replayed")
    assert Dismissal.objects.count() == 2


def test_an_error_is_not_kept(ana: str) -> None:
    assert dismiss(ana, 10**12).status_code == 404
    film = make_movie()
    assert dismiss(ana, film.pk).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ü"])
def test_a_key_that_is_none_is_refused(ana: str, key: str) -> None:
    answer = dismiss(ana, make_movie().pk, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert not Dismissal.objects.exists()


def test_who_is_not_signed_in_is_told_so(client: Client) -> None:
    answer = client.post(DISMISS, {"movie": 1}, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 401
    assert not KeptAnswer.objects.exists()


def test_answers_are_kept_for_a_day(ana: str) -> None:
    film = make_movie()
    dismiss(ana, film.pk)
    assert forget_answers() == 0
    KeptAnswer.objects.update(kept_at=timezone.now() - timedelta(hours=25))
    assert not dismiss(ana, film.pk).has_header("Idempotency-Replayed")
    KeptAnswer.objects.update(kept_at=timezone.now() - timedelta(hours=25))
    assert forget_answers() == 1


@pytest.mark.django_db(transaction=True)
def test_at_once_one_is_done_and_the_others_wait_or_are_told() -> None:
    token, film = somebody(), make_movie()
    start = threading.Barrier(4)

    def ask(_: int) -> int:
        start.wait()
        try:
            status: int = dismiss(token, film.pk).status_code
        finally:
            connection.close()
        return status

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(ask, range(4)))
    assert 200 in codes
    assert codes <= {200, 409}
    assert Dismissal.objects.count() == 1
