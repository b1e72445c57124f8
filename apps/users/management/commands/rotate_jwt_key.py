"""`manage.py rotate_jwt_key`: another key signs tokens from now on."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from apps.users.signin import keys


class Command(BaseCommand):
    """Replaces the key in the file that JWT_PRIVATE_KEY_FILE names; logs nobody out."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say until when the old key verifies."""
        try:
            kid = keys.rotate()
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error
        hours = keys.longest_life().total_seconds() / 3600
        self.stdout.write(f"{kid} signs. The former key verifies for {hours:.0f} hours more.")
