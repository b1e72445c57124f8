"""`manage.py forget_answers`: what the worker does every hour."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.users.actions import forget_answers


class Command(BaseCommand):
    """Deletes answers to POSTs with an Idempotency-Key that were kept for a day."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how many went."""
        self.stdout.write(f"{forget_answers()} deleted.")
