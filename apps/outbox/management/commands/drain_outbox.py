"""`manage.py drain_outbox`: deliver what waits, in this process, without Celery."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.outbox import relay
from apps.outbox.topics import destinations


class Command(BaseCommand):
    """Deliver the messages that wait, once."""

    help = "Deliver the messages that wait for the other stores, in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which destinations; all by default."""
        parser.add_argument("destinations", nargs="*", help="all when none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drain and say how many messages are done."""
        for destination in options["destinations"] or destinations():
            done = relay.drain(destination, seconds=600)
            self.stdout.write(f"{destination}: {done} messages done")
