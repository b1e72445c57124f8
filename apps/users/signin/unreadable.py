"""A body that cannot be read is the client's error; allauth would fail at it."""

import logging
from collections.abc import Callable
from struct import error as StructError
from typing import Any

import orjson
from allauth.account.adapter import get_adapter
from allauth.headless.internal.restkit.response import ErrorResponse
from allauth.headless.internal.restkit.views import RESTView
from django.http import HttpRequest, HttpResponse

from apps.common.api.errors import problem, problem_page

logger = logging.getLogger(__name__)

LEVELS = 32
"""A passkey's answer has six; Python's own decoder, which allauth uses, fails at some 900."""

BROKEN = (ValueError, TypeError, LookupError, AttributeError, StructError)
"""What decoding base64, JSON and CBOR, and picking fields out of them, raises."""


class Unreadable:
    """Middleware: answers 400 to what allauth's views cannot read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing, before the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """A problem for a body that is no JSON, by the rules of the REST API's own parser.

        Python's decoder takes half of a surrogate pair, which no hasher can encode, and fails at
        numbers and nesting without end.
        """
        kind = getattr(view, "view_class", None)
        is_read = kind and issubclass(kind, RESTView) and kind.handle_json_input
        if not is_read or request.method == "GET" or not request.body:
            return None
        try:
            if not _is_deep(orjson.loads(request.body), LEVELS):
                return None
            reason = "it is nested too deeply"
        except orjson.JSONDecodeError as error:
            reason = str(error)
        return problem_page(problem("malformed", 400, f"The body is not JSON: {reason}."))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer that allauth gives to a wrong credential, where reading a passkey failed."""
        is_passkey = request.path.startswith("/_allauth/") and "/webauthn" in request.path
        if not is_passkey or not isinstance(error, BROKEN):
            return None
        logger.warning("A passkey's answer could not be read: %s.", type(error).__name__)
        wrong = get_adapter().validation_error("incorrect_code")
        response: HttpResponse = ErrorResponse(request, exception=wrong)
        return response


def _is_deep(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inner)
