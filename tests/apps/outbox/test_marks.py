"""A Postgres that is older than a store: nothing is delivered until its fences are above."""

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from apps.outbox import failures, marks, relay
from apps.outbox.actions import publish
from apps.outbox.errors import SetBack
from apps.outbox.fences import draw
from apps.outbox.models import Circuit, Epoch, Message
from apps.outbox.restoring import EPOCH_BITS, Found, begin_epoch
from tests.apps.outbox import notebook as notebooks
from tests.apps.outbox.notebook import NOTE, Notebook

pytestmark = pytest.mark.django_db


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A notebook that this process has not looked at yet."""
    monkeypatch.setattr(marks, "_due_at", {})
    notebooks.current = Notebook()
    yield notebooks.current
    notebooks.current = Notebook()


def test_a_store_that_is_ahead_is_not_drained_and_the_status_says_why(
    notebook: Notebook, client: APIClient
) -> None:
    notebook.mark = draw("notebook").number + 1000
    publish(NOTE, 1, 1)

    assert relay.drain("notebook") == 0
    assert notebook.deliveries == []
    assert Message.objects.filter(destination="notebook").count() == 1
    assert "after_restore" in Circuit.objects.get(destination="notebook").reason
    rows = client.get("/api/v1/sync/status/").json()["destinations"]
    advice = {row["destination"]: row["advice"] for row in rows}
    assert "manage.py after_restore" in advice.pop("notebook")
    assert {"graph", "vectors"} <= advice.keys()
    assert all("manage.py after_restore" in one for one in advice.values())


def test_the_sweep_does_not_let_it_through(notebook: Notebook) -> None:
    notebook.mark = draw("notebook").number + 1000
    publish(NOTE, 1, 1)
    for _ in range(3):
        relay.due_destinations()
        assert relay.drain("notebook") == 0
    assert notebook.deliveries == []


def test_a_store_that_was_written_under_the_last_fence_is_in_order(notebook: Notebook) -> None:
    notebook.mark = draw("notebook").number
    publish(NOTE, 1, 1)
    assert relay.drain("notebook") == 1


def test_deliveries_stay_refused_when_the_draws_have_passed_the_mark(notebook: Notebook) -> None:
    notebook.mark = draw("notebook").number + 1
    with pytest.raises(SetBack):
        marks.compare("notebook")
    for _ in range(3):
        draw("notebook")
    with pytest.raises(SetBack):
        marks.compare("notebook")
    failures.open_circuit("notebook", "away")
    assert failures.is_closed_off("notebook")


def test_a_store_that_is_away_at_the_look_is_away(notebook: Notebook, client: APIClient) -> None:
    notebook.alive = False
    publish(NOTE, 1, 1)
    assert relay.drain("notebook") == 0
    rows = client.get("/api/v1/sync/status/").json()["destinations"]
    (row,) = (row for row in rows if row["destination"] == "notebook")
    assert (row["circuit_open"], row["advice"]) == (True, "")


def test_looks_are_some_seconds_apart(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(NOTE, 1, 1)
    assert relay.drain("notebook") == 1
    notebook.mark = draw("notebook").number + 1000
    assert not marks.are_due("notebook")
    monkeypatch.setattr(marks, "_due_at", {"notebook": 0.0})
    publish(NOTE, 1, 1)
    assert relay.drain("notebook") == 0


def test_a_new_epoch_lets_deliveries_go_on(notebook: Notebook) -> None:
    epoch = Epoch.objects.get().number
    notebook.mark = ((epoch + 3) << EPOCH_BITS) + 17
    publish(NOTE, 1, 1)
    assert relay.drain("notebook") == 0

    assert begin_epoch(Found({"notebook": notebook.mark}, {})) == epoch + 4
    assert relay.drain("notebook") == 1
    assert notebook.deliveries[0][1] > notebook.mark
