"""Access and refresh tokens: allauth's token strategy with one living refresh token per session.

A family is what descends from one login. It stands on the session of that login, whose row in
allauth's user sessions names the one refresh token that is good: rotation is a single conditional
UPDATE, so of any number that come at once one wins. Whatever else was signed for that session has
been used before, and ends it.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import uuid4

import jwt
from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import get_authorization_credential
from allauth.headless.tokens.strategies.jwt import internal
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.common import prepared
from apps.common.api import PREFIX
from apps.users import security
from apps.users.models import User
from apps.users.signin import keys

ALGORITHM = "RS256"
REQUIRED = ["iss", "aud", "iat", "exp", "sub", "sid", "jti"]
ABSOLUTE_LIFE = timedelta(days=30)
"""How long a login lasts, however often its tokens are refreshed."""

ACCESS, REFRESH = "access", "refresh"

HOLDER = """
SELECT {fields}, session.session_data
FROM django_session AS session CROSS JOIN users_user AS member
WHERE member.id = %(user_id)s AND member.is_active
AND session.session_key = %(session_key)s AND session.expire_date > statement_timestamp()
"""


def audience(use: str) -> str:
    """Who a token is for: what is good for one use is of no use for the other."""
    paths = {ACCESS: PREFIX, REFRESH: "/_allauth/app/v1/tokens/refresh"}
    return f"{settings.WEB_URL}{paths[use]}"  # type: ignore[misc]


def issue(
    use: str, *, user: User, session: SessionBase, jti: str = "", life: timedelta | None = None
) -> str:
    """A signed token of a session, for one use; `life` is the settings' unless it is given."""
    signed_by, now = keys.current(), int(time.time())
    lives = {
        ACCESS: settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN,  # type: ignore[misc]
        REFRESH: settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN,  # type: ignore[misc]
    }
    claims = {
        "iss": settings.WEB_URL,  # type: ignore[misc]
        "aud": audience(use),
        "iat": now,
        "exp": now + (int(life.total_seconds()) if life else lives[use]),
        "sub": str(user.pk),
        "sid": internal.session_key_to_sid(session.session_key),
        "jti": jti or uuid4().hex,
    }
    return jwt.encode(claims, signed_by.signing, ALGORITHM, headers={"kid": signed_by.kid})


def read(token: str, use: str) -> dict[str, Any] | None:
    """The claims of a token that we signed for this use and that has not run out."""
    try:
        kid, claims = _verified(token, use)
    except jwt.PyJWTError:
        return None
    key = keys.current().verifying.get(kid)
    is_good = key is not None and key.is_good() and claims["exp"] > time.time()
    return {**claims} if is_good else None


@lru_cache(maxsize=4096)
def _verified(token: str, use: str) -> tuple[str, dict[str, Any]]:
    """Which key signed a token, and its claims; PyJWTError when none did, or for another use.

    A member sends one token with many requests, and to verify it takes as long as a query. What
    time may change is asked at each of them: whether token, key, session and member are still good.
    """
    kid = jwt.get_unverified_header(token).get("kid", "")
    key = keys.current().verifying.get(kid)
    if key is None:
        raise jwt.InvalidKeyError
    claims = jwt.decode(
        token,
        key.public,
        algorithms=[ALGORITHM],
        audience=audience(use),
        issuer=settings.WEB_URL,  # type: ignore[misc]
        options={"require": REQUIRED, "strict_aud": True},
    )
    return kid, claims


def bearer(token: str, use: str) -> tuple[User, SessionBase, dict[str, Any]] | None:
    """Whose token it is, of which session, and its claims; None when any of the three ended.

    One query, whatever is asked for by the token: the session and the member as they are now.
    """
    claims = read(token, use)
    session_key = _session_key(claims["sid"]) if claims else None
    if not claims or not session_key:
        return None
    found = prepared.rows(_holder(), {"user_id": claims["sub"], "session_key": session_key})
    if not found:
        return None
    *values, kept = found[0]
    user = User.from_db(DEFAULT_DB_ALIAS, _fields(), values)
    if not _is_signed_in(user, _decoded(kept)):
        return None
    return user, SessionStore(session_key), claims


@lru_cache(maxsize=4096)
def _session_key(sid: str) -> str | None:
    """The session that a token names; to decrypt it takes a third of a query's time."""
    key: str | None = internal.session_key_from_sid(sid)
    return key


@lru_cache(maxsize=4096)
def _decoded(kept: str) -> Mapping[str, Any]:
    """What a session keeps, from its row, which is the same for many requests."""
    decoded: dict[str, Any] = SessionStore().decode(kept)
    return decoded


@cache
def _fields() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


@cache
def _holder() -> str:
    return HOLDER.format(fields=", ".join(f'member."{name}"' for name in _fields()))


def _is_signed_in(user: User, kept: Mapping[str, Any]) -> bool:
    """Whether a session is this member's, and of the password that they have now."""
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return (
        kept.get(SESSION_KEY) == str(user.pk)
        and kept.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and any(constant_time_compare(kept.get(HASH_SESSION_KEY, ""), one) for one in hashes)
    )


class TokenStrategy(SessionTokenStrategy):
    """What allauth's app client signs people in with."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        """The session that the request names, itself or by an access token."""
        named: str | None = super().get_session_token(request)
        credential = None if named else get_authorization_credential(request, "Bearer")
        holder = bearer(credential, ACCESS) if credential else None
        return holder[1].session_key if holder else named

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        """The first pair of a login, which begins a family."""
        user, session, jti = request.user, request.session, uuid4().hex
        assert isinstance(user, User)  # allauth asks for whoever has just signed in
        session.set_expiry(timezone.now() + ABSOLUTE_LIFE)
        # allauth does both a moment later, and drops a user session whose session is not saved.
        session.save()
        UserSession.objects.create_from_request(request)
        UserSession.objects.filter(session_key=session.session_key).update(data={"refresh": jti})
        return {
            "access_token": issue(ACCESS, user=user, session=session),
            "refresh_token": issue(REFRESH, user=user, session=session, jti=jti),
        }

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """The next pair; None when the token is not good, and the end of the family when it was."""
        holder = bearer(refresh_token, REFRESH)
        if holder is None:
            return None
        (user, session, claims), jti = holder, uuid4().hex
        family = UserSession.objects.filter(session_key=session.session_key)
        if not family.filter(data__refresh=claims["jti"]).update(data={"refresh": jti}):
            _end_family(user, session)
            return None
        return (
            issue(ACCESS, user=user, session=session),
            issue(REFRESH, user=user, session=session, jti=jti),
        )


def _end_family(user: User, session: SessionBase) -> None:
    """Nobody can tell the thief from the owner, so both must sign in again; one mail says so."""
    session_key = session.session_key
    session.delete()
    ended, _ = UserSession.objects.filter(session_key=session_key).delete()
    if ended:
        security.record(security.Kind.TOKEN_REUSED, user=user)
        get_adapter().send_notification_mail("account/email/refresh_token_reused", user)
