"""An export as a ZIP: every table as JSON and as CSV, the picture, and a word on each."""

import csv
import json
from io import TextIOWrapper
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder

from apps.privacy import tables
from apps.users.avatars import LARGE, path_of
from apps.users.models import User

README = """\
All that Cinemesh stores of {username}: each table as JSON and as CSV, times in UTC.
The graph, the vectors and the timelines are made from these tables and hold nothing else of you.

Not in here, and why:
{reasons}
"""


def pack(user: User, target: IO[bytes]) -> None:
    """Write a member's export."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        reasons = "\n".join(f"- {what}: {why}" for what, why in tables.not_given())
        archive.writestr("README.txt", README.format(username=user.username, reasons=reasons))
        for name, columns, rows in tables.given(user.pk):
            archive.writestr(f"{name}.json", _text(rows, indent=1))
            with TextIOWrapper(archive.open(f"{name}.csv", "w"), "utf-8", newline="") as file:
                _write_csv(file, columns, rows)
        if user.avatar:
            with default_storage.open(path_of(user.avatar, LARGE)) as picture:
                archive.writestr("avatar.webp", picture.read())


def _write_csv(file: IO[str], columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])


def _cell(value: Any) -> str:
    """As in the JSON; what a spreadsheet would take for a formula is marked as text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _text(value).strip('"')
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _text(value: Any, **options: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, **options)
