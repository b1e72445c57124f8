"""`manage.py create_demo`: a member with whom a person can look around, admin included."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from apps.common.errors import CinemeshError
from apps.users.provisioning import provide_operator


class Command(BaseCommand):
    """Make the demo member, or give it the password again.

    The password comes from a file, from standard input, or from a caller in this process
    (`call_command("create_demo", password=…)`), never from an argument that `ps` shows.
    """

    help = "Make the demo member, an operator with a verified address, or reset its password."
    stealth_options = ("password",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where the password is."""
        parser.add_argument("--email", default="demo@cinemesh.invalid")
        parser.add_argument("--username", default="demo")
        parser.add_argument(
            "--password-file", type=Path, help="its first line; standard input by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Provide the member and say so."""
        password = options.get("password") or self._password(options["password_file"])
        if not password:
            raise CommandError("The password is empty.")
        try:
            validate_email(options["email"])
            user, created = provide_operator(
                email=options["email"], username=options["username"], password=password
            )
        except ValidationError:
            raise CommandError(f"{options['email']!r} is not an e-mail address.") from None
        except CinemeshError as error:
            raise CommandError(f"{options['username']!r}: {error.detail}") from None
        found = "was there" if user.is_active else "was there, closed until it signs in"
        self.stdout.write(f"{user.email} ({user.username}): {'made' if created else found}")

    def _password(self, path: Path | None) -> str:
        try:
            text = path.read_text(encoding="utf-8") if path else sys.stdin.readline()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from None
        return text.partition("\n")[0].strip()
