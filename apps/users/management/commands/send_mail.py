"""`manage.py send_mail`: what the worker does every two seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.users import mail


class Command(BaseCommand):
    """Sends the mail that is due."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many went out."""
        self.stdout.write(f"{mail.send_due()} sent.")
