"""Every error as RFC 9457 `application/problem+json`, with a stable `code` and field pointers."""

import logging
from collections.abc import Iterator
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from apps.common.errors import CinemeshError

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"

_DRF_CODES: dict[type[drf.APIException], str] = {
    drf.ParseError: "malformed",
    drf.AuthenticationFailed: "authentication_failed",
    drf.NotAuthenticated: "not_authenticated",
    drf.PermissionDenied: "forbidden",
    drf.NotFound: "not_found",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.NotAcceptable: "not_acceptable",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "throttled",
}


def problem(
    code: str, status: int, detail: str, fields: dict[str, str] | None = None
) -> dict[str, Any]:
    """The body of an error."""
    body: dict[str, Any] = {
        "type": f"urn:cinemesh:error:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if fields:
        body["errors"] = [{"pointer": name, "detail": text} for name, text in fields.items()]
    return body


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: known errors become problems, unknown ones stay a 500."""
    headers: dict[str, str] = {}
    if isinstance(error, CinemeshError):
        body = problem(error.code, error.status, error.detail, error.fields)
    elif isinstance(error, drf.ValidationError):
        fields = dict(_flat(error.detail))
        body = problem("invalid", 400, "The request has fields that cannot be used.", fields)
    elif isinstance(error, Http404):
        body = problem("not_found", 404, "There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        body = problem("forbidden", 403, "You may not do this.")
    elif isinstance(error, drf.APIException):
        code = _DRF_CODES.get(type(error), error.default_code)
        body = problem(code, error.status_code, str(error.detail))
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait))
    else:
        return None
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    return Response(body, status=body["status"], headers=headers, content_type=PROBLEM)


def absent(request: HttpRequest) -> HttpResponse:
    """404, where a library would serve what this platform does not have."""
    raise Http404


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 outside DRF: a host that is not ours, a body that Django refuses."""
    return problem_page(problem("malformed", 400, "The request cannot be understood."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 outside DRF."""
    return problem_page(problem("not_found", 404, "There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; the cause is in the log alone."""
    return problem_page(
        problem("server_error", 500, "Something went wrong here. It has been logged.")
    )


def problem_page(body: dict[str, Any]) -> HttpResponse:
    """A problem as an answer of plain Django."""
    return HttpResponse(orjson.dumps(body), status=body["status"], content_type=PROBLEM)


def _flat(detail: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, f"{pointer}/{name}" if name != "non_field_errors" else pointer)
    elif isinstance(detail, list):
        if all(not isinstance(inner, dict | list) for inner in detail):
            yield pointer or "/", " ".join(map(str, detail))
        else:
            for index, inner in enumerate(detail):
                yield from _flat(inner, f"{pointer}/{index}")
    else:
        yield pointer or "/", str(detail)
