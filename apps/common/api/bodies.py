"""Request bodies: JSON, and not too large."""

from collections.abc import Callable, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.common.api.errors import problem, problem_page
from apps.common.errors import BodyTooLarge


class BodyLimit:
    """Middleware: refuses a body by its declared length, before anything reads it.

    A multipart body may be larger: Django writes its files to disk and counts only its fields.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Part of Django's chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """413 or 400 as a problem, or whatever the rest of the chain answers."""
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if not (declared.isascii() and declared.isdecimal()):
            return problem_page(problem("malformed", 400, "Content-Length is not a number."))
        multipart = request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data")
        if int(declared) > _limit() and not multipart:
            error = _too_large()
            return problem_page(problem(error.code, error.status, error.detail))
        return self._get_response(request)


class JSONParser(BaseParser):
    """JSON by orjson: refuses NaN, broken UTF-8 and nesting without end, and counts the bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body; ParseError when it is not JSON, BodyTooLarge when it is too long."""
        body = stream.read(_limit() + 1)
        if len(body) > _limit():
            raise _too_large()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from None


def _limit() -> int:
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A body has at most {_limit():,} bytes.")
