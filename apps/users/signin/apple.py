"""What Apple asks of whoever signs people in with it, beside the sign-in.

Its signed notices tell that a person has withdrawn the consent, or closed the Apple account; and
when an account here is deleted, the consent has to be revoked there.
"""

import json
import logging
from typing import Any

import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.usersessions.models import UserSession
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from jwt import PyJWTError

from apps.users import security
from apps.users.models import User
from apps.users.signin import id_tokens
from apps.users.signin.providers import AppleRedirect

logger = logging.getLogger(__name__)

CONSENT_ENDS = {"consent-revoked", "account-delete", "account-deleted"}

UNUSABLE = (SocialApp.DoesNotExist, ImproperlyConfigured, PyJWTError, ValueError)
"""What there is to sign with is not there, or no key."""

NO_NOTICE = (
    *(SocialApp.DoesNotExist, OAuth2Error),
    *(ValueError, TypeError, LookupError, RecursionError),
)
"""What looking up the app, checking the signature and reading the claims raise."""


@csrf_exempt
@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """Apple's server-to-server notification endpoint: a consent that ended ends the identity."""
    try:
        provider = get_adapter().get_provider(request, "apple")
        signed = json.loads(request.body)["payload"]
        claims = id_tokens.signed_claims(
            signed, provider=provider, require=["iss", "aud", "iat", "events"]
        )
        event = json.loads(claims["events"])
        kind, subject = str(event["type"]), str(event["sub"])
    except (
        SocialApp.DoesNotExist,
        OAuth2Error,
        ValueError,
        TypeError,
        LookupError,
        RecursionError,
    ):
        return HttpResponseBadRequest("Not a notice of Apple for this app.")
    if kind in CONSENT_ENDS:
        end_consent(subject=subject)
    return HttpResponse()


@transaction.atomic
def end_consent(*, subject: str) -> None:
    """Forget an identity that Apple no longer vouches for, and sign its person out.

    The account stays: its address sets a new password.
    """
    for identity in SocialAccount.objects.filter(provider="apple", uid=subject):
        for session in UserSession.objects.filter(user_id=identity.user_id):
            session.end()
        identity.delete()
        security.record(security.Kind.IDENTITY_UNLINKED, user=identity.user, detail="apple")


def revoke_consent(*, user: User) -> bool:
    """Tell Apple that an account here ends; whether nothing is left to be revoked there.

    Call it before the account's rows go. Apple away means False: try again.
    """
    request = HttpRequest()
    tokens = SocialToken.objects.filter(account__user=user, account__provider="apple")
    return all([_revoke(request, token) for token in tokens.exclude(token_secret="")])


def _revoke(request: HttpRequest, token: SocialToken) -> bool:
    try:
        redirect = AppleRedirect(request)
        provider = redirect.get_provider()
        client: Any = redirect.client_class(
            request, provider.app.client_id, provider.app.secret, "POST", "", ""
        )
        answer = requests.post(
            provider.get_settings()["REVOKE_URL"],
            data={
                "client_id": client.get_client_id(),
                "client_secret": client.generate_client_secret(),
                "token": token.token_secret,
                "token_type_hint": "refresh_token",
            },
            timeout=5,
        )
        answer.raise_for_status()
    except (*UNUSABLE, requests.RequestException) as error:
        logger.warning("Apple's consent is not revoked: %s.", type(error).__name__)
        return False
    token.delete()
    return True
