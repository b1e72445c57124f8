"""`manage.py privacy`: do now what the workers do about exports and departures."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.privacy import tasks


class Command(BaseCommand):
    """Make the exports that wait, erase who is due, send receipts, delete old files."""

    help = "Make the exports that wait, erase who is due, send receipts, delete old files."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of numbers."""
        made, erased, purged = tasks.make_exports(), tasks.erase_who_left(), tasks.purge_files()
        self.stdout.write(f"{made} exports made, {erased} members erased, {purged} files deleted.")
