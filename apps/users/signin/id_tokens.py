"""What makes an ID token of Google or Apple good, for every path that it comes by.

Signed with a key that the issuer publishes, RS256 and nothing else; for us, by them, now; carrying
the nonce of this very sign-in; an address in it verified; and seen for the first time.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.utils import timezone

from apps.users.models import UsedToken

LEEWAY_SECONDS = 10
REQUIRED = ["iss", "aud", "iat", "exp", "sub"]
VERIFIED = (True, "true")
"""Apple writes the truth as a string at times; "false" is a string too."""


def claims_of(token: object, *, provider: Any, nonce: str) -> dict[str, Any]:
    """The claims of an ID token of this provider's app; OAuth2Error when anything is wrong.

    `nonce` is what the claim of that name must say; an empty one fits no token.
    """
    claims = signed_claims(token, provider=provider, require=[*REQUIRED, "nonce"])
    if not nonce or claims["nonce"] != nonce:
        raise OAuth2Error("The nonce of the ID token is not the one of this sign-in.")
    if claims.get("email") and claims.get("email_verified") not in VERIFIED:
        raise OAuth2Error("The address in the ID token is not verified.")
    _use_once(str(token), claims)
    return claims


def signed_claims(token: object, *, provider: Any, require: list[str]) -> dict[str, Any]:
    """The claims of anything that the provider signed for this app; OAuth2Error otherwise."""
    known = provider.get_settings()
    try:
        key = _published(known["JWKS_URL"]).get_signing_key_from_jwt(str(token))
        return jwt.decode(
            str(token),
            key.key,
            algorithms=["RS256"],
            audience=provider.app.client_id,
            issuer=known["ISSUERS"],
            leeway=LEEWAY_SECONDS,
            options={"require": require, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise OAuth2Error("Not an ID token of this provider for this app.") from error


def _use_once(token: str, claims: dict[str, Any]) -> None:
    """Remember the token for as long as it would be good."""
    UsedToken.objects.filter(expires_at__lt=timezone.now()).delete()
    _, is_new = UsedToken.objects.get_or_create(
        digest=hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest(),
        defaults={"expires_at": datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, UTC)},
    )
    if not is_new:
        raise OAuth2Error("The ID token has been used before.")


@lru_cache(maxsize=8)
def _published(url: str) -> jwt.PyJWKClient:
    """The issuer's keys, kept for five minutes."""
    return jwt.PyJWKClient(url, lifespan=300, timeout=5)
