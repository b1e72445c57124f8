"""Exports: asked for, made by a worker, fetched by a link that a mail brings, and gone in days.

The link is a credential of its own, for a browser has no token: it is signed, it names one file,
and it ends with the file, and when its member leaves.
"""

import logging
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import storages
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.privacy.models import Export
from apps.privacy.packing import pack
from apps.users import security
from apps.users.models import User

logger = logging.getLogger(__name__)

LIFE = timedelta(days=3)
MAX_ATTEMPTS = 5
SALT = "privacy.export"

SUBJECT = "[Cinemesh] What Cinemesh stores of you"
LETTER = """\
The export that you asked for is ready, and can be fetched until {expires:%Y-%m-%d %H:%M} UTC:

{link}

Whoever has this link can fetch it: do not pass this mail on. Asking for another ends this one.
"""


@transaction.atomic
def request_export(*, user: User) -> Export:
    """Have a member's export made; while one waits, that one. An older file can stay till then."""
    User.objects.select_for_update().get(pk=user.pk)
    Export.objects.filter(user=user, file="", attempts__gte=MAX_ATTEMPTS).delete()
    export, is_new = Export.objects.get_or_create(user=user, file="")
    if is_new:
        security.record(security.Kind.EXPORT_ASKED, user=user)
    return export


def make_waiting() -> int:
    """Make every export that waits; gives how many were made."""
    made = 0
    waiting = Export.objects.filter(file="", attempts__lt=MAX_ATTEMPTS, user__is_active=True)
    for pk in waiting.order_by("asked_at").values_list("pk", flat=True):
        try:
            made += _make(pk)
        except Exception:
            logger.exception("Export %s is not made.", pk)
            Export.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
    return made


@require_safe
def serve(request: HttpRequest, token: str) -> FileResponse:
    """The file that a link names, for its member alone has the link; all else is not found."""
    try:
        pk = UUID(str(signing.loads(token, salt=SALT, max_age=LIFE)))
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    export = Export.objects.filter(
        pk=pk, expires_at__gt=timezone.now(), user__is_active=True
    ).first()
    if export is None:
        raise Http404
    try:
        file = storages["exports"].open(export.file)
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return FileResponse(file, as_attachment=True, filename="cinemesh-export.zip", headers=headers)


def remove_of(user: User) -> list[str]:
    """Delete a member's export files; gives their names. The rows go with the member."""
    return _remove_files(Export.objects.filter(user=user).values_list("file", flat=True))


def purge(now: datetime) -> int:
    """Delete the exports past their time, rows and files; gives how many."""
    old = Export.objects.filter(expires_at__lte=now)
    _remove_files(old.values_list("file", flat=True))
    return old.delete()[0]


@transaction.atomic
def _make(pk: UUID) -> bool:
    """Whether it was made: another worker may be at it, or its member gone."""
    export = Export.objects.select_for_update(skip_locked=True).filter(pk=pk, file="").first()
    if export is None:
        return False
    with tempfile.TemporaryFile() as target:
        pack(export.user, target)
        export.file = storages["exports"].save(f"{uuid4().hex}.zip", File(target))
    export.expires_at = timezone.now() + LIFE
    export.save(update_fields=["file", "expires_at"])
    before = Export.objects.filter(user=export.user).exclude(pk=pk)
    names = list(before.values_list("file", flat=True))
    before.delete()
    transaction.on_commit(partial(_remove_files, names))
    link = f"{settings.WEB_URL}/exports/{signing.dumps(str(pk), salt=SALT)}"  # type: ignore[misc]
    letter = LETTER.format(link=link, expires=export.expires_at)
    send_mail(SUBJECT, letter, None, [export.user.email])
    return True


def _remove_files(names: Iterable[str]) -> list[str]:
    found = [name for name in names if name]
    for name in found:
        storages["exports"].delete(name)
    return found
