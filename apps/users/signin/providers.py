"""Google and Apple as allauth's providers, with every ID token verified the same way.

A redirect carries PKCE and a nonce, both kept in its state. A native app invents a nonce, gives its
SHA-256 to the provider's SDK, and posts the nonce itself with the ID token: a stolen token alone is
of no use.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.apple.apple_session import get_apple_session
from allauth.socialaccount.providers.apple.client import AppleOAuth2Client
from allauth.socialaccount.providers.apple.provider import AppleProvider
from allauth.socialaccount.providers.apple.views import apple_post_callback
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.http import Http404, HttpRequest, HttpResponseBase

from apps.users.signin import id_tokens

View = Callable[[HttpRequest], HttpResponseBase]

KEPT = ("sub", "email", "is_private_email", "hd")
"""What is kept of the claims: no token, no picture, no name."""


class Redirect(OAuth2Adapter):
    """The redirect of either provider: its addresses are settings, its ID token is verified."""

    nonce = ""

    @property
    def access_token_url(self) -> str:
        """Where a code becomes tokens."""
        return str(self.get_provider().get_settings()["TOKEN_URL"])

    @property
    def authorize_url(self) -> str:
        """Where the browser goes."""
        return str(self.get_provider().get_settings()["AUTHORIZE_URL"])

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Only what ends the consent one day is kept: Apple's refresh token."""
        return SocialToken(token="", token_secret=data.get("refresh_token", ""))

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Who came back, from the ID token alone."""
        answer, provider = kwargs["response"], self.get_provider()
        claims = id_tokens.claims_of(answer.get("id_token"), provider=provider, nonce=self.nonce)
        name = answer.get("name") or claims.get("name")
        return provider.sociallogin_from_response(request, {**claims, "name": name})


class GoogleRedirect(Redirect):
    """Google's."""

    provider_id = "google"


class AppleRedirect(Redirect):
    """Apple's: it comes back by POST, with the name, the first time alone."""

    provider_id = "apple"
    client_class = AppleOAuth2Client

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Apple's answer to the code, and the name that the browser brought."""
        data = super().get_access_token_data(request, app, client, pkce_code_verifier)
        session = get_apple_session(request)
        return {**data, "name": _name_in(session.store.pop("user", ""))}

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """The session that held Apple's POST ends here."""
        get_apple_session(request).delete()
        return super().complete_login(request, app, token, **kwargs)


class CallbackView(OAuth2CallbackView):
    """Hands the nonce of the state to the verification of the ID token."""

    adapter: Redirect

    def _get_state(
        self, request: HttpRequest, provider: Any
    ) -> tuple[dict[str, Any] | None, HttpResponseBase | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


class _Verified(OAuth2Provider):
    """What both providers have in common."""

    pkce_enabled_default = True

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kw: Any
    ) -> HttpResponseBase:
        """To the provider, with a nonce that its ID token must repeat."""
        nonce = secrets.token_urlsafe(32)
        kw["auth_params"] = {**self.get_auth_params(), "nonce": nonce}
        response: HttpResponseBase = super().redirect(
            request, process, next_url, data, nonce=nonce, **kw
        )
        return response

    def verify_token(self, request: HttpRequest, token: dict[str, Any]) -> SocialLogin:
        """Who an ID token of a native app stands for; `nonce` is what its claim is the hash of."""
        raw = token.get("nonce")
        nonce = hashlib.sha256(raw.encode()).hexdigest() if isinstance(raw, str) and raw else ""
        try:
            claims = id_tokens.claims_of(token.get("id_token"), provider=self, nonce=nonce)
        except OAuth2Error as error:
            raise get_adapter().validation_error("invalid_token") from error
        return self.sociallogin_from_response(request, claims)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The subject, never an address."""
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept with the identity."""
        return {name: data[name] for name in KEPT if name in data}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """The address and the name."""
        name = data.get("name")
        return {"email": data.get("email"), "name": name if isinstance(name, str) else ""}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The verified address, if there is one: an unverified one was refused with its token."""
        email = data.get("email")
        return [EmailAddress(email=email, verified=True, primary=True)] if email else []


class Google(_Verified, GoogleProvider):
    """Sign in with Google."""

    oauth2_adapter_class = GoogleRedirect

    def get_default_scope(self) -> list[str]:
        """`openid` brings the ID token."""
        return ["openid", "email", "profile"]


class Apple(_Verified, AppleProvider):
    """Sign in with Apple."""

    oauth2_adapter_class = AppleRedirect


def served_with_keys(provider: type[OAuth2Provider], view: View) -> View:
    """The view of a provider that is on; of one without keys there is nothing at its address."""

    @wraps(view)
    def serve(request: HttpRequest) -> HttpResponseBase:
        try:
            get_adapter().get_provider(request, provider.id)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        return view(request)

    return serve


google_callback = served_with_keys(Google, CallbackView.adapter_view(GoogleRedirect))
apple_callback = served_with_keys(Apple, apple_post_callback)
apple_finish_callback = served_with_keys(Apple, CallbackView.adapter_view(AppleRedirect))


def _name_in(user: str) -> str:
    """The name in the form that Apple's first answer has it: JSON, beside the ID token."""
    try:
        name = json.loads(user)["name"]
        parts = [name.get("firstName"), name.get("lastName")]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return " ".join(part for part in parts if isinstance(part, str)).strip()
