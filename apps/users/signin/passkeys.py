"""A passkey's answer that cannot be read is the client's error; allauth would fail at it."""

import logging
from collections.abc import Callable
from struct import error as StructError

from allauth.account.adapter import get_adapter
from allauth.headless.internal.restkit.response import ErrorResponse
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, StructError)
"""What decoding base64, JSON and CBOR, and picking fields out of them, raises."""


class UnreadablePasskeys:
    """Middleware: answers 400 where reading a credential failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing, unless a view raises."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer that allauth gives to a wrong credential."""
        is_passkey = request.path.startswith("/_allauth/") and "/webauthn" in request.path
        if not is_passkey or not isinstance(error, UNREADABLE):
            return None
        logger.warning("A passkey's answer could not be read: %s.", type(error).__name__)
        wrong = get_adapter().validation_error("incorrect_code")
        response: HttpResponse = ErrorResponse(request, exception=wrong)
        return response
