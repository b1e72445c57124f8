"""Runs of the checker: who may ask, what becomes of a request, what is told afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from rest_framework.test import APIClient

from apps.consistency import runs
from apps.consistency.models import Run
from apps.users.models import User
from infra.embedded.testing import EmbeddedStores
from tests.factories import make_user

RUNS = "/api/v1/ops/reconcile/"


@pytest.fixture
def staff(db: None, _schemas: None, client_of: Callable[[User], APIClient]) -> APIClient:
    """An operator's client."""
    return client_of(make_user(is_staff=True))


def test_only_staff_may_ask_and_look(
    db: None, client: APIClient, client_of: Callable[[User], APIClient]
) -> None:
    member = client_of(make_user())
    for who, status in ((client, 401), (member, 403)):
        assert who.get(RUNS).status_code == status
        assert who.post(RUNS, {}).status_code == status
        assert who.get(f"{RUNS}1/").status_code == status


def test_a_run_is_asked_for_done_and_told(staff: APIClient) -> None:
    asked = staff.post(RUNS, {})
    assert asked.status_code == 202
    assert asked.json()["state"] == "waiting"
    assert staff.post(RUNS, {}).json()["id"] == asked.json()["id"]

    assert runs.do_requested_run() == asked.json()["id"]
    assert runs.do_requested_run() is None

    told = staff.get(f"{RUNS}{asked.json()['id']}/").json()
    assert told["state"] == "done"
    assert told["error"] == ""
    assert {kind["kind"] for kind in told["report"]["kinds"]} >= {"likes", "timelines"}
    assert told["drift"] == told["report"]["drift"]
    assert [run["id"] for run in staff.get(RUNS).json()["items"]] == [asked.json()["id"]]


def test_a_repair_is_a_request_of_its_own(staff: APIClient) -> None:
    plain, repair = staff.post(RUNS, {}).json(), staff.post(RUNS, {"repair": True}).json()
    assert plain["id"] != repair["id"]
    assert repair["repair"] is True


@pytest.mark.parametrize("body", [{"repair": "perhaps"}, {"mend": True}])
def test_bad_requests_name_the_field(staff: APIClient, body: dict[str, object]) -> None:
    refused = staff.post(RUNS, body)
    assert refused.status_code == 400
    assert next(iter(body)) in str(refused.json())
    assert not Run.objects.exists()


def test_an_unknown_run_is_not_found(staff: APIClient) -> None:
    assert staff.get(f"{RUNS}123456/").status_code == 404


def test_one_run_at_a_time_until_its_worker_is_given_up(staff: APIClient) -> None:
    first = staff.post(RUNS, {}).json()["id"]
    Run.objects.filter(pk=first).update(started_at=F("requested_at"))
    staff.post(RUNS, {})
    assert runs.do_requested_run() is None

    lost = runs.LOST_AFTER + timedelta(minutes=1)
    Run.objects.filter(pk=first).update(started_at=F("requested_at") - lost)
    assert runs.do_requested_run() == first


def test_a_store_that_is_away_fails_the_run_and_says_so(
    staff: APIClient, stores: EmbeddedStores
) -> None:
    asked = staff.post(RUNS, {}).json()["id"]
    stores.stop("vectors")
    try:
        assert runs.do_requested_run() == asked
    finally:
        stores.start("vectors")
    told = staff.get(f"{RUNS}{asked}/").json()
    assert told["state"] == "failed"
    assert told["error"]
    assert told["drift"] is None
