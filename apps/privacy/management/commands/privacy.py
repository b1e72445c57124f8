"""`manage.py privacy`: do now what the workers do about exports and departures."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.privacy import departures, tasks
from apps.users.models import User


class Command(BaseCommand):
    """Make the exports that wait, erase who is due, send receipts, delete old files."""

    help = "Make the exports that wait, erase who is due, send receipts, delete old files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom to have leave before."""
        parser.add_argument(
            "--leave", type=int, action="append", help="the id of a member who leaves; repeatable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of numbers."""
        for member_id in options["leave"] or ():
            member = User.objects.filter(pk=member_id).first()
            if member is None:
                raise CommandError(f"There is no member {member_id}.")
            departures.leave(user=member)
        made, erased, purged = tasks.make_exports(), tasks.erase_who_left(), tasks.purge_files()
        self.stdout.write(f"{made} exports made, {erased} members erased, {purged} files deleted.")
