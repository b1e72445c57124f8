"""`manage.py train_recommendations`: learn from the ratings and let a new generation serve it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import CinemeshError
from apps.recommendations import switching


class Command(BaseCommand):
    """Train, and switch; or go back."""

    help = (
        "Learn from all ratings. Unless that is worse than what serves, a new generation of the "
        "vectors is built with it and serves once the checker finds it equal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which way."""
        parser.add_argument(
            "--rollback",
            action="store_true",
            help="let the previous generation serve again and withdraw the training",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what came of it."""
        try:
            training = switching.go_back() if options["rollback"] else switching.train_and_switch()
        except CinemeshError as error:
            raise CommandError(error.detail) from error
        learned, reached = training.learned_from, training.figures["held_out_ndcg_at_10"]
        self.stdout.write(
            f"{training}: {learned['ratings']} ratings of {learned['people']} people, "
            f"{learned['films']} films; held-out NDCG@10 {reached}; {training.seconds:.1f} s"
        )
