"""Middleware that pages need and the API does not: cookies, tokens of forms, messages.

For the API to go through them would take a fortieth of an answer.
"""

from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase

from apps.common.api import PREFIX

LOADS_NOTHING = "; ".join(
    f"{kind} 'none'" for kind in ("default-src", "base-uri", "form-action", "frame-ancestors")
)
"""What a browser may do with an answer of the API that it takes for a page."""


class _OfPages:
    """Leaves a request of the API to the rest of the chain."""

    def __call__(self, request: HttpRequest) -> Any:
        """Whatever the rest of the chain answers."""
        if request.path.startswith(PREFIX):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


class Sessions(_OfPages, SessionMiddleware):
    """A session by its cookie. The API knows its callers by their tokens alone."""


class Authentication(_OfPages, AuthenticationMiddleware):
    """Who the session is of."""


class Messages(_OfPages, MessageMiddleware):
    """What the next page tells."""


class Policy(_OfPages, CSPMiddleware):
    """The Content-Security-Policy: the settings' for pages, the strictest for the API."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """With the header."""
        response: HttpResponseBase = super().__call__(request)
        if request.path.startswith(PREFIX):
            response[HEADER] = LOADS_NOTHING
        return response
