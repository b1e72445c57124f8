"""Middleware for pages, left out for the API: sessions by cookie, messages, what may be loaded.

It takes a fortieth of the time of an answer.
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


class PagesOnly:
    """Mixed into a middleware, it leaves the API's requests to the rest of the chain."""

    def __call__(self, request: HttpRequest) -> Any:
        """What the middleware makes of a page, or `for_api`."""
        if request.path.startswith(PREFIX):
            return self.for_api(request)
        return super().__call__(request)  # type: ignore[misc]

    def for_api(self, request: HttpRequest) -> HttpResponseBase:
        """Whatever the rest of the chain answers."""
        response: HttpResponseBase = self.get_response(request)  # type: ignore[attr-defined]
        return response


class Sessions(PagesOnly, SessionMiddleware):
    """A session by its cookie. The API knows its callers by their tokens alone."""


class Authentication(PagesOnly, AuthenticationMiddleware):
    """Who the session is of."""


class Messages(PagesOnly, MessageMiddleware):
    """What the next page tells."""


class Policy(PagesOnly, CSPMiddleware):
    """The Content-Security-Policy: the settings' for pages, the strictest for the API."""

    def for_api(self, request: HttpRequest) -> HttpResponseBase:
        """With the header."""
        response = super().for_api(request)
        response[HEADER] = LOADS_NOTHING
        return response
