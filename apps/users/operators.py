"""The admin's door: whoever has rights there signs in with a second factor, or sets one up first.

allauth's pages are off, so the form and the page are ours; attempts, factors and codes are counted
and checked by allauth. A session that signed in with a factor elsewhere is let in as well.
"""

import base64
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.users.models import User
from apps.users.pages import page
from apps.users.signin.recent import is_recent

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
NOTICE = "no second factor is asked for on this machine"


class SignInForm(AdminAuthenticationForm):
    """An address, a password, and the code of whoever has a second factor."""

    code = forms.CharField(
        label="Code",
        required=False,
        help_text="Of your authenticator app, or a recovery code. Empty if you have neither yet.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def clean(self) -> dict[str, Any]:
        """As an app's sign-in: the same limits, the same log."""
        email, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        user = get_adapter().authenticate(self.request, email=email or "", password=password)
        if user is None:
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(user)
        request = cast("HttpRequest", self.request)
        if request.user.pk not in {None, user.pk}:
            logout(request)
        # The set-up of a factor asks for a password that was given just now.
        record_authentication(request, user, "password", reauthenticated=True)
        if is_mfa_enabled(user, FACTORS):
            second = AuthenticateForm({"code": self.cleaned_data.get("code")}, user=user)
            if not second.is_valid():
                raise ValidationError({"code": second.errors["code"]})
            second.save()
        self.user_cache = user
        return self.cleaned_data


class OperatorSite(AdminSite):
    """Django's admin, for sessions that signed in with a second factor."""

    login_form = SignInForm
    login_template = "admin/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this session may see any page."""
        return super().has_permission(request) and (
            not settings.ADMIN_SECOND_FACTOR or _gave_factor(request)
        )

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in; whoever has no second factor goes on to set one up."""
        if self._must_set_up(request):
            return redirect("admin:second-factor")
        answer: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            UserSession.objects.create_from_request(request)
        return answer

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The admin's, and the set-up of a factor."""
        return [
            path("second-factor/", self.second_factor, name="second-factor"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Where nobody is asked for a factor, every page says so."""
        context = super().each_context(request)
        if not settings.ADMIN_SECOND_FACTOR:
            context["site_header"] = f"{context['site_header']} – {NOTICE}"
        return context

    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """The page on which an operator sets up an authenticator app."""
        if not self._must_set_up(request):
            return redirect("admin:index")
        answer: HttpResponse = _second_factor(request)
        return answer

    def _must_set_up(self, request: HttpRequest) -> bool:
        return (
            settings.ADMIN_SECOND_FACTOR
            and super().has_permission(request)
            and isinstance(request.user, User)
            and not is_mfa_enabled(request.user, FACTORS)
        )


def _gave_factor(request: HttpRequest) -> bool:
    assert isinstance(request.user, User)  # staff, as has_permission has seen
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _second_factor(request: HttpRequest) -> HttpResponse:
    if not is_recent(request, request.user) or is_reauthentication_required(
        request, app="allauth.mfa"
    ):
        logout(request)
        return redirect("admin:index")
    form = ActivateTOTPForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        factor, codes = activate_totp(request, form)
        post_authentication(request, factor)
        return page(
            request,
            "Your second factor is set up",
            "Keep these codes. Each opens your account once if the app is lost.",
            codes=codes.wrap().get_unused_codes() if codes else [],
            goes_on="admin:index",
        )
    adapter = get_mfa_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(request.user, form.secret))
    return page(
        request,
        "Set up a second factor",
        "The admin asks for one. Scan this with an authenticator app, then give the code it shows.",
        picture=f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}",
        secret=form.secret,
        field="code",
        button="Set up",
        errors=form.errors.get("code", []),
        status=400 if form.is_bound else 200,
    )
