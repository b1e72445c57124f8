"""From a training to what serves: a new generation of the vectors, and the way back.

`manage.py rebuild` builds the generation and has the checker's word on it before the switch.
"""

import logging

from django.core.management import call_command

from apps.common.errors import Conflict
from apps.common.locks import one_at_a_time
from apps.outbox.generations import end_leftover
from apps.outbox.models import Generation
from apps.recommendations import training
from apps.recommendations.training import Engine, on_one_machine
from apps.vectors import editions, factors, generations
from apps.vectors.models import Training

logger = logging.getLogger(__name__)

State = Generation.State

LOCK = ("trainings", generations.DESTINATION)


class NothingServes(Conflict):
    """No training serves, so there is none to go back from."""

    code = "no_training_serves"


class AnotherTraining(Conflict):
    """A training is under way already."""

    code = "another_training"


def train_if_due() -> Training | None:
    """Train when the ratings have changed enough; else end what a killed rebuild has left."""
    if not training.is_due():
        end_leftover(generations.DESTINATION, editions)
        return None
    made = train_and_switch()
    if made.verdict == Training.Verdict.REFUSED:
        logger.warning("%s. %s", made, training.REFUSED)
    return made


def train_and_switch(engine: Engine = on_one_machine, *, accept: bool = False) -> Training:
    """Train; what is accepted serves when this is done. AnotherTraining while one is made.

    Of a training that could not be brought to serve nothing stays, so the next night makes one.
    With `accept` it is accepted whatever it reaches.
    """
    with one_at_a_time(*LOCK, AnotherTraining):
        end_leftover(generations.DESTINATION, editions)
        factors.forget_lost()
        made = training.train(engine, accept=accept)
        if made.verdict == Training.Verdict.ACCEPTED:
            try:
                _rebuild()
            except BaseException:
                factors.forget(made)
                raise
            factors.forget_unused()
        return made


def go_back() -> Training:
    """Let what served before the training serve again; later generations do not take it.

    Where the previous generation holds it too, or one that was withdrawn, or there is none, one is
    built without it. It is withdrawn first: whatever fails then, the same once more goes on.
    """
    left = factors.live()
    if left is None:
        raise NothingServes
    left.verdict = Training.Verdict.WITHDRAWN
    left.save(update_fields=["verdict"])
    previous = generations.noted_of(State.PREVIOUS)
    if previous and not factors.was_withdrawn(previous.get("training", 0)):
        call_command("rebuild", "vectors", "--rollback")
    else:
        _rebuild()
    return left


def _rebuild() -> None:
    """A generation of the model that serves, which another than the settings' may have become."""
    model = generations.noted_of(State.LIVE).get("model", "")
    call_command("rebuild", "vectors", "--model", model)
