"""`manage.py train_recommendations`: learn from the ratings and let a new generation serve it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import CinemeshError
from apps.recommendations import switching
from apps.recommendations.learning.on_spark import on_spark
from apps.recommendations.learning.spark_session import HERE
from apps.recommendations.training import REFUSED, Engine, on_one_machine
from apps.vectors.models import Training


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
            help="withdraw the training and let what served before it serve again",
        )
        parser.add_argument(
            "--accept",
            action="store_true",
            help="keep the training also when it is worse than what serves",
        )
        parser.add_argument(
            "--engine",
            choices=["numpy", "spark"],
            default="numpy",
            help="what learns: this process, or Spark for more ratings than it can hold",
        )
        parser.add_argument(
            "--spark-master", default=HERE, metavar="URL", help=f"where Spark runs; {HERE} is here"
        )
        parser.add_argument(
            "--spark-folder",
            type=Path,
            metavar="FOLDER",
            help="an empty folder that all of Spark's nodes see, for the ratings as Parquet",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what came of it."""
        try:
            training = (
                switching.go_back()
                if options["rollback"]
                else switching.train_and_switch(_engine(options), accept=options["accept"])
            )
        except CinemeshError as error:
            raise CommandError(error.detail) from error
        except FileExistsError as error:  # the folder is not empty
            raise CommandError(str(error)) from error
        learned, reached = training.learned_from, training.figures["held_out_ndcg_at_10"]
        self.stdout.write(
            f"{training}: {learned['ratings']} ratings of {learned['people']} people, "
            f"{learned['films']} films; held-out NDCG@10 {reached}; {training.seconds:.1f} s"
        )
        if training.verdict == Training.Verdict.REFUSED:
            self.stdout.write(REFUSED)


def _engine(options: dict[str, Any]) -> Engine:
    if options["engine"] == "numpy":
        return on_one_machine
    return on_spark(options["spark_master"], options["spark_folder"])
