"""ETag, If-None-Match and If-Match: a strong tag over the body as it is rendered."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.rendering import JSONRenderer
from apps.common.errors import PreconditionFailed

_renderer = JSONRenderer()


def conditional(request: Request, body: Any) -> Response:
    """200 with an ETag; 304 without a body when a GET names the tag in If-None-Match.

    Personal answers are `private`, and every answer must be asked for again before its reuse.
    """
    tag = etag_of(body)
    signed_in = request.user.is_authenticated
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if signed_in else "no-cache",
        "Vary": "Authorization",
    }
    if request.method in {"GET", "HEAD"} and _names(request, "If-None-Match", tag, weak=True):
        return Response(status=304, headers=headers)
    return Response(body, headers=headers)


def require_match(request: Request, compose: Callable[[], Any]) -> None:
    """PreconditionFailed when If-Match is given and does not name the body that is composed now.

    Call it where the row is locked, or two writers may both pass.
    """
    if "If-Match" in request.headers and not _names(request, "If-Match", etag_of(compose())):
        raise PreconditionFailed


def etag_of(body: Any) -> str:
    """The strong entity tag of an answer's body."""
    return f'"{hashlib.blake2b(_renderer.render(body), digest_size=16).hexdigest()}"'


def _names(request: Request, header: str, tag: str, *, weak: bool = False) -> bool:
    tags = parse_etags(request.headers.get(header, ""))
    return tags == ["*"] or tag in tags or (weak and f"W/{tag}" in tags)
