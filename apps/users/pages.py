"""The pages behind the links of mails, for members whose app has none: a site of its own may.

Opening a link changes nothing, for programs that look through mail do it too; the button does.
The inputs and flows are those of allauth's headless client.
"""

from collections.abc import Sequence
from typing import Any

from allauth.account.internal import flows
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from allauth.headless.account.inputs import (
    RequestPasswordResetInput,
    ResetPasswordInput,
    ResetPasswordKeyInput,
    VerifyEmailInput,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

asked = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@asked
def verify_email(request: HttpRequest, key: str) -> HttpResponse:
    """Ask whether an address is the member's, and confirm it."""
    given = VerifyEmailInput({"key": key})
    if not given.is_valid():
        return page(
            request,
            "This link has run out",
            "It was used before, or is too old. Log in or sign up again to be sent another.",
            status=400,
        )
    address = given.verification.email_address.email
    if request.method != "POST":
        return page(request, "Confirm your address", f"Is {address} yours?", button="Confirm")
    given.verification.confirm(request)
    return page(request, "Your address is confirmed", f"Log in with {address}.")


@never_cache
@asked
def request_reset(request: HttpRequest) -> HttpResponse:
    """Ask for an address and send it a link; the answer is the same whether it has an account."""
    title = "Set a new password"
    if request.method != "POST":
        return page(request, title, "We send a link to your address.", button="Send", field="email")
    given = RequestPasswordResetInput(request.POST)
    if not given.is_valid():
        return page(
            request, title, button="Send", field="email", errors=given.errors["email"], status=400
        )
    email = given.cleaned_data["email"].lower()
    refused: HttpResponse | None = ratelimit.consume_or_429(
        request, action="reset_password", key=email
    )
    if refused is not None:
        return refused
    given.save(request)
    return page(request, title, "If there is an account with this address, a mail is on its way.")


@never_cache
@asked
@rate_limit(action="reset_password_from_key")
def reset_password(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a new password and set it; every session of the member ends."""
    title = "Set a new password"
    if not ResetPasswordKeyInput({"key": key}).is_valid():
        return page(
            request,
            "This link has run out",
            "It was used before, or is too old. Ask for another to be sent.",
            status=400,
        )
    if request.method != "POST":
        return page(request, title, button="Set", field="password")
    given = ResetPasswordInput({"key": key, "password": request.POST.get("password", "")})
    if not given.is_valid():
        errors = given.errors["password"]
        return page(request, title, button="Set", field="password", errors=errors, status=400)
    flows.password_reset.reset_password(given.user, given.cleaned_data["password"])
    flows.password_reset.finalize_password_reset(request, given.user)
    return page(request, "Your password is set", "Log in with it. Every older session has ended.")


def sign_up(request: HttpRequest) -> HttpResponse:
    """Tell how to sign up where no app is at hand."""
    return page(request, "Sign up", "Use an app that speaks with this server.", leads_to_docs=True)


def provider_error(request: HttpRequest) -> HttpResponse:
    """Tell that a sign-in with Google or Apple did not end well."""
    return page(
        request,
        "Signing in did not work",
        "Nothing has changed. Go back to your app and try again.",
    )


def page(
    request: HttpRequest,
    title: str,
    text: str = "",
    *,
    status: int = 200,
    **parts: str | bool | Sequence[str | ValidationError],
) -> HttpResponse:
    """A plain page.

    `parts` are a `button`, the one `field` above it, its `errors`, `leads_to_docs`; a `picture` and
    the `secret` in it; `codes` to keep, and the name of the page that `goes_on`.
    """
    content: dict[str, Any] = {"title": title, "text": text, **parts}
    return render(request, "account/page.html", content, status=status)


urlpatterns = [
    path("verify-email/<str:key>", verify_email),
    path("password/reset", request_reset),
    path("password/reset/key/<str:key>", reset_password),
    path("signup", sign_up),
    path("provider/error", provider_error),
]
