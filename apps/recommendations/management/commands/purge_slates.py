"""`manage.py purge_slates`: what the worker does every night."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from apps.recommendations import slates


class Command(BaseCommand):
    """Deletes slates past their time, with what was done about them."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how many went."""
        self.stdout.write(f"{slates.purge(datetime.now(UTC))} deleted.")
