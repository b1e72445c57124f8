"""Who calls: the access token of allauth's app client, checked against its session."""

from typing import Any

from allauth.headless.tokens.strategies.jwt import internal
from django.contrib.sessions.backends.db import SessionStore
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from apps.users.errors import SignInAgain
from apps.users.models import User
from apps.users.signin import tokens
from apps.users.signin.recent import is_recent


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <access token>`; costs one query, for session and member.

    A token that is wrong, expired, or whose session has ended is a 401 even where nobody needs to
    sign in: a client must learn that it is no longer who it thinks it is.
    """

    keyword = "Bearer"

    def authenticate_credentials(self, key: str) -> tuple[User, dict[str, Any]]:
        """The member and the token's claims."""
        holder = tokens.bearer(key, tokens.ACCESS)
        if holder is None:
            raise AuthenticationFailed("Invalid token.")
        user, _, claims = holder
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for, as RFC 6750 writes it."""
        return 'Bearer realm="cinemesh"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI describes it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A JSON web token in the Authorization header."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`meta.access_token` of the answer to `/_allauth/app/v1/auth/login`.",
        }


def member(request: Request) -> User:
    """Who is signed in; NotAuthenticated when nobody is."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def recent_member(request: Request) -> User:
    """Who signed in, or gave a password or factor again, in the last minutes; SignInAgain.

    A stolen access token must not do what its owner would not get over.
    """
    user = member(request)
    claims = request.auth if isinstance(request.auth, dict) else {}
    request.session = SessionStore(internal.session_key_from_sid(claims.get("sid", "")))
    if not is_recent(request, user):
        raise SignInAgain
    return user
