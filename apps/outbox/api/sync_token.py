"""`Sync-Token`: a write answers what it published, and a read waits for that where it matters.

A view names the destinations that its answer comes from: `needs = ("graph", "vectors")`.
"""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from apps.common.api import PREFIX
from apps.common.api.errors import problem, problem_page
from apps.common.api.schema import SYNC_DEGRADED, SYNC_TOKEN, is_read
from apps.outbox.actions import noting
from apps.outbox.awaiting import Span, lagging, spans_of
from apps.outbox.errors import InvalidSyncToken

SALT = "sync-token"


class SyncToken:
    """Middleware: gives tokens to writes of the API and waits before reads that carry some."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Part of Django's chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Whatever the view answers, or a problem when the token is none of ours."""
        if not request.path.startswith(PREFIX):
            return self._get_response(request)
        given = request.headers.get(SYNC_TOKEN)
        if given is None:
            is_safe = request.method in SAFE_METHODS
            return self._get_response(request) if is_safe else self._write(request)
        view = _view(request)
        if not is_read(request.method, view):
            return self._write(request)
        return self._read(request, given, getattr(view, "needs", ()))

    def _write(self, request: HttpRequest) -> HttpResponse:
        with noting() as ids:
            response = self._get_response(request)
        if ids and response.status_code < 300:
            response[SYNC_TOKEN] = token_of(ids)
        return response

    def _read(self, request: HttpRequest, tokens: str, needs: Sequence[str]) -> HttpResponse:
        try:
            spans = spans_in(tokens)
        except InvalidSyncToken as error:
            response = self._get_response(request)
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                return response  # whoever is not let in learns that alone
            return problem_page(problem(error.code, error.status, error.detail, error.fields))
        late = lagging(spans, needs) if needs else []
        response = self._get_response(request)
        if late:
            _mark(response, late)
        return response


def token_of(ids: Collection[int]) -> str:
    """A signed and dated token for these messages."""
    return signing.dumps(spans_of(ids), salt=SALT)


def spans_in(tokens: str) -> list[Span]:
    """What one token, or several separated by commas, stand for; InvalidSyncToken for others."""
    try:
        return [
            (first, last)
            for token in tokens.split(",")
            for first, last in signing.loads(token.strip(), salt=SALT)
        ]
    except signing.BadSignature:
        raise InvalidSyncToken(fields={SYNC_TOKEN: "Not a token of this server."}) from None


def _view(request: HttpRequest) -> object:
    """The class that will answer, if one will."""
    try:
        return getattr(resolve(request.path_info).func, "view_class", None)
    except Resolver404:
        return None


def _mark(response: HttpResponse, late: list[str]) -> None:
    """Name the late ones in the header, and in the body where it has such a list."""
    response[SYNC_DEGRADED] = ", ".join(late)
    data = getattr(response, "data", None)
    if isinstance(response, Response) and isinstance(data, dict) and "degraded" in data:
        data["degraded"] = sorted({*data["degraded"], *late})
        del response["ETag"]  # it is the tag of the body without this
        response.content = response.rendered_content
