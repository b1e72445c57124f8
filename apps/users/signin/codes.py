"""From a browser that has signed in by redirect to the app that sent it there.

The app makes a verifier, and opens the provider's redirect with `/accounts/continue/` and the
verifier's challenge (S256, RFC 7636) as the callback. There the browser's session turns into a code
that works once, for a minute, and only with the verifier; the browser itself is signed out.
"""

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import add_query_params
from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session, new_session
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_GET

from apps.users.errors import InvalidSignInCode
from apps.users.models import SignInCode
from apps.users.signin.tokens import TokenStrategy

LIFE = timedelta(seconds=60)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@require_GET
def continue_in_app(request: HttpRequest) -> HttpResponse:
    """Sends the browser to `redirect_uri`, with a code for its session or with an error."""
    target = request.GET.get("redirect_uri", "")
    challenge = request.GET.get("code_challenge", "")
    if not CHALLENGE.fullmatch(challenge) or not _is_ours(target):
        return HttpResponseBadRequest("code_challenge or redirect_uri is not acceptable.")
    error = request.GET.get("error")
    if error or not request.user.is_authenticated:
        params = {"error": error or "not_signed_in"}
    else:
        params = {"code": _issue(request, challenge)}
    # Not Django's redirect: it knows no scheme of an app.
    headers = {
        "Location": iri_to_uri(add_query_params(target, params)),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HttpResponse(status=302, headers=headers)


def redeem(request: HttpRequest, *, code: str, verifier: str) -> dict[str, Any]:
    """The pair of tokens for a code, which is spent in any case; InvalidSignInCode."""
    row = SignInCode.objects.filter(digest=_sha256(code).hex()).first()
    if row is None or not SignInCode.objects.filter(pk=row.pk).delete()[0]:
        raise InvalidSignInCode
    session = lookup_session(row.session_key)
    user = get_session_user(session) if session else None
    answer = base64.urlsafe_b64encode(_sha256(verifier)).rstrip(b"=").decode()
    fits = secrets.compare_digest(answer, row.challenge) and row.expires_at > timezone.now()
    if session is not None and not fits:
        session.delete()
    if session is None or user is None or not fits:
        raise InvalidSignInCode
    request.session, request.user = session, user
    return TokenStrategy().create_access_token_payload(request)


def _issue(request: HttpRequest, challenge: str) -> str:
    """Take the session from the browser, under a key that the browser does not know."""
    code, session = secrets.token_urlsafe(32), request.session
    UserSession.objects.filter(session_key=session.session_key).delete()
    session.cycle_key()
    SignInCode.objects.filter(expires_at__lt=timezone.now()).delete()
    SignInCode.objects.create(
        digest=_sha256(code).hex(),
        challenge=challenge,
        session_key=session.session_key or "",
        expires_at=timezone.now() + LIFE,
    )
    request.session = new_session()
    return code


def _is_ours(target: str) -> bool:
    """Our own site, or an app's link that the settings list."""
    listed = settings.SIGN_IN_REDIRECTS  # type: ignore[misc]
    return target in listed or (bool(target) and get_adapter().is_safe_url(target))


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
