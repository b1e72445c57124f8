"""Members' pictures: kept in Django's storage, and served by us alone."""

import hashlib
from collections.abc import Mapping
from functools import partial

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from apps.users import pictures
from apps.users.models import User

LARGE, SMALL = SIZES = (256, 64)
FOLDER = "avatars"
MAX_AGE = 86_400
"""Seconds for which a browser may show a picture that is no longer served."""


def set_avatar(*, user: User, content: bytes) -> User:
    """Make this the picture of a member, in the place of any before. Raises NotAPicture."""
    found = pictures.squares(content, SIZES)
    # The member is part of it: nobody's file is another's as well.
    digest = hashlib.sha256(b"%d:" % user.pk + found[LARGE]).hexdigest()
    return _change(user, digest, {path_of(digest, size): made for size, made in found.items()})


def remove_avatar(*, user: User) -> User:
    """Take a member's picture away. Having none is no error."""
    return _change(user, "", {})


def remove_files(digest: str) -> list[str]:
    """Delete the files of a picture, if any; gives their names."""
    names = [path_of(digest, size) for size in SIZES] if digest else []
    for name in names:
        default_storage.delete(name)
    return names


def path_of(digest: str, size: int) -> str:
    """The name of a file in the storage, and its path under `/media/`."""
    return f"{FOLDER}/{digest}-{size}.webp"


def urls_of(avatar: str) -> dict[str, str] | None:
    """Where a member's picture is served, by its digest; None without one."""
    if not avatar:
        return None
    web_url = settings.WEB_URL  # type: ignore[misc]  # typed in config.env
    return {
        "large": f"{web_url}/media/{path_of(avatar, LARGE)}",
        "small": f"{web_url}/media/{path_of(avatar, SMALL)}",
    }


@require_safe
def serve(request: HttpRequest, digest: str, size: int) -> FileResponse:
    """The picture of an active member, as we encoded it; any other is not found."""
    if not User.objects.filter(avatar=digest, is_active=True).exists():
        raise Http404
    try:
        file = default_storage.open(path_of(digest, size))
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(file, content_type="image/webp", headers=headers)


@transaction.atomic
def _change(user: User, digest: str, files: Mapping[str, bytes]) -> User:
    member = User.objects.select_for_update().get(pk=user.pk)
    for name, content in files.items():
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(content))
    before, member.avatar = member.avatar, digest
    member.save(update_fields=["avatar"])
    if before != digest:
        transaction.on_commit(partial(_remove_replaced, user.pk, before))
    return member


@transaction.atomic
def _remove_replaced(user_id: int, digest: str) -> None:
    """Unless the picture was set back meanwhile: files come and go while the member is locked."""
    member = User.objects.select_for_update().filter(pk=user_id).first()
    if member is None or member.avatar != digest:
        remove_files(digest)
