"""From a training to what serves: a new generation of the vectors, and the way back.

`manage.py rebuild` builds the generation and has the checker's word on it before the switch.
"""

from django.core.management import call_command

from apps.common.errors import Conflict
from apps.recommendations import training
from apps.recommendations.training import Engine, on_one_machine
from apps.vectors import factors
from apps.vectors.models import Training


class NothingServes(Conflict):
    """No training serves, so there is none to go back from."""

    code = "no_training_serves"


def train_if_due() -> Training | None:
    """Train when the ratings have changed enough."""
    return train_and_switch() if training.is_due() else None


def train_and_switch(engine: Engine = on_one_machine) -> Training:
    """Train; what is accepted serves when this is done.

    Of a training that could not be brought to serve nothing stays, so the next night makes one.
    """
    made = training.train(engine)
    if made.verdict == Training.Verdict.ACCEPTED:
        try:
            call_command("rebuild", "vectors")
        except BaseException:
            factors.forget(made)
            raise
        factors.forget_unused()
    return made


def go_back() -> Training:
    """Let the generation before serve again; later generations do not take this training."""
    left = factors.live()
    if left is None:
        raise NothingServes
    call_command("rebuild", "vectors", rollback=True)
    left.verdict = Training.Verdict.WITHDRAWN
    left.save(update_fields=["verdict"])
    return left
