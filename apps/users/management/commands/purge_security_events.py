"""`manage.py purge_security_events`: what the worker does every night."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.users import security


class Command(BaseCommand):
    """Deletes security events past their time."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how many went."""
        self.stdout.write(f"{security.purge()} deleted.")
