"""From a training to what serves, and the way back; what is left when one is killed."""

from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.common.errors import StoreUnavailable
from apps.common.locks import TRY_LOCK
from apps.movies.models import Movie
from apps.outbox import generations as outbox
from apps.outbox.models import Generation
from apps.recommendations import tasks, training
from apps.recommendations.switching import LOCK, train_and_switch, train_if_due
from apps.vectors import editions, factors, generations
from apps.vectors.collections import ensure_collections
from apps.vectors.embedding import known_model, model_of
from apps.vectors.models import Training
from tests.apps.vectors.test_models import SAME_LENGTH

DRIFTED = SimpleNamespace(drifted=1)
"""What the checker says of a kind of which one fact is not as Postgres has it."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_session() -> Iterator[BaseDatabaseWrapper]:
    """Another session of Postgres, as another process has one."""
    made = connections.create_connection("default")
    yield made
    made.close()


def killed_rebuild() -> Generation:
    """The generation that a killed rebuild leaves."""
    made_by, noted = known_model(), factors.newest()
    ensure_collections("g9", made_by, noted["rank"])
    made_with = made_by.as_json() | noted
    return Generation.objects.create(destination="vectors", name="g9", made_with=made_with)


def test_a_training_that_is_worse_is_refused(halves: tuple[list[Movie], list[Movie]]) -> None:
    good = train_and_switch()
    serving = generations.pointer.resolve()
    good.figures = {"held_out_ndcg_at_10": 0.99}
    good.save()

    worse = train_and_switch()
    assert worse.verdict == Training.Verdict.REFUSED
    assert generations.pointer.resolve() == serving
    live = factors.live()
    assert live is not None
    assert live.pk == good.pk

    said = StringIO()
    call_command("train_recommendations", stdout=said)
    assert "--accept" in said.getvalue()
    call_command("train_recommendations", accept=True)
    assert factors.live() == Training.objects.latest("pk")


def test_the_night_tries_again_what_could_not_be_brought_to_serve(
    halves: tuple[list[Movie], list[Movie]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("apps.consistency.rebuilding.reconcile", lambda **asked: [DRIFTED])
        with pytest.raises(CommandError, match="1 facts"):
            train_if_due()
    assert not Training.objects.exists()

    made = train_if_due()
    assert factors.live() == made
    assert train_if_due() is None


def test_a_training_whose_process_was_killed_is_made_again(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    before = train_and_switch()
    killed = training.train()
    left = killed_rebuild()
    assert left.made_with["training"] == killed.pk

    made = train_if_due()
    assert factors.live() == made != before
    left.refresh_from_db()
    assert left.state == Generation.State.RETIRED
    assert not Training.objects.filter(pk=killed.pk).exists()
    assert train_if_due() is None


def test_the_night_ends_what_a_killed_rebuild_left(
    halves: tuple[list[Movie], list[Movie]], other_session: BaseDatabaseWrapper
) -> None:
    """Unless it is no leftover: whoever builds holds the lock."""
    train_and_switch()
    left = killed_rebuild()
    with other_session.cursor() as cursor:
        cursor.execute(TRY_LOCK, [outbox.LOCK, "vectors"])
        assert train_if_due() is None
        left.refresh_from_db()
        assert left.state == Generation.State.BUILDING
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert train_if_due() is None
    left.refresh_from_db()
    assert left.state == Generation.State.RETIRED


def test_two_trainings_do_not_run_at_once(
    halves: tuple[list[Movie], list[Movie]], other_session: BaseDatabaseWrapper
) -> None:
    with other_session.cursor() as cursor:
        cursor.execute(TRY_LOCK, LOCK)
        with pytest.raises(CommandError, match="A training is under way"):
            call_command("train_recommendations")
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert not Training.objects.exists()


def test_a_training_that_takes_long_is_not_handed_out_again() -> None:
    """The broker takes what is not acknowledged after so many seconds for lost."""
    patience = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert tasks.train_if_due.time_limit > patience
    assert tasks.train_if_due.acks_late is False


def test_a_training_keeps_the_model_that_serves(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    call_command("rebuild", "vectors", "--model", SAME_LENGTH)
    train_and_switch()
    generations.pointer.forget()
    assert model_of(generations.pointer.resolve()).identity.model == SAME_LENGTH


def test_a_training_that_another_rebuild_took_stays(
    halves: tuple[list[Movie], list[Movie]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_it_and_refuse(*arguments: str) -> None:
        Generation.objects.create(destination="vectors", name="g9", made_with=factors.newest())
        raise CommandError("vectors: A rebuild of this store is under way already.")

    monkeypatch.setattr("apps.recommendations.switching.call_command", take_it_and_refuse)
    with pytest.raises(CommandError, match="under way"):
        train_and_switch()
    assert factors.held(factors.newest()["training"]).rank > 0


def test_going_back_withdraws_the_training(halves: tuple[list[Movie], list[Movie]]) -> None:
    first, second = train_and_switch(), train_and_switch()
    call_command("train_recommendations", rollback=True)
    live = factors.live()
    assert live is not None
    assert live.pk == first.pk
    second.refresh_from_db()
    assert second.verdict == Training.Verdict.WITHDRAWN
    assert factors.newest()["training"] == first.pk


def test_a_step_back_without_the_store_is_made_by_the_next_one(
    halves: tuple[list[Movie], list[Movie]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told of a failure, an operator goes back once more: not forward."""
    first, second = train_and_switch(), train_and_switch()

    def away(generation: str) -> None:
        raise StoreUnavailable("vectors")

    with monkeypatch.context() as patched:
        patched.setattr(editions, "point_aliases", away)
        with pytest.raises(CommandError, match="does not answer"):
            call_command("train_recommendations", rollback=True)
    assert factors.live() == second
    call_command("train_recommendations", rollback=True)
    assert factors.live() == first
    second.refresh_from_db()
    assert second.verdict == Training.Verdict.WITHDRAWN


def test_going_back_from_a_training_that_both_generations_hold(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    first, second = train_and_switch(), train_and_switch()
    call_command("rebuild", "vectors")
    call_command("train_recommendations", rollback=True)
    assert factors.live() == first
    call_command("train_recommendations", rollback=True)
    assert factors.live() is None
    assert {*Training.objects.values_list("verdict", flat=True)} == {Training.Verdict.WITHDRAWN}
    second.refresh_from_db()
    with pytest.raises(CommandError, match="No training serves"):
        call_command("train_recommendations", rollback=True)


def test_superseded_factors_are_freed_and_their_figures_stay(
    halves: tuple[list[Movie], list[Movie]],
) -> None:
    oldest = train_and_switch()
    train_and_switch()
    train_and_switch()
    oldest.refresh_from_db()
    assert oldest.rank == 0
    assert not oldest.factors
    assert oldest.figures["held_out_ndcg_at_10"] > 0
