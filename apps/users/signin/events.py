"""What allauth and Django tell of sign-ins, passwords, addresses, factors and identities.

These are signals of libraries; our own code calls `security.record` itself.
"""

from collections.abc import Callable
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as socialaccount
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import signals as auth
from django.dispatch import Signal
from django.http import HttpRequest

from apps.users import security
from apps.users.models import User
from apps.users.security import Kind
from apps.users.signin import lockout


def _method(told: dict[str, Any]) -> str:
    """The last step of a sign-in: a provider, a second factor, or the password."""
    records = get_authentication_records(told["request"], told["user"])
    last = records[-1] if records else {}
    return str(last.get("provider") or last.get("type") or last.get("method", ""))


def _factor(told: dict[str, Any]) -> str:
    return str(told["authenticator"].type)


def _nothing(told: dict[str, Any]) -> str:
    return ""


RECORDED: dict[Kind, tuple[Callable[[dict[str, Any]], str], list[Signal]]] = {
    Kind.SIGNED_IN: (_method, [auth.user_logged_in]),
    Kind.SIGNED_OUT: (_nothing, [auth.user_logged_out]),
    Kind.PASSWORD_CHANGED: (_nothing, [account.password_changed, account.password_set]),
    Kind.PASSWORD_RESET: (_nothing, [account.password_reset]),
    Kind.ADDRESS_ADDED: (_nothing, [account.email_added]),
    Kind.ADDRESS_CHANGED: (_nothing, [account.email_changed]),
    Kind.ADDRESS_REMOVED: (_nothing, [account.email_removed]),
    Kind.FACTOR_ADDED: (_factor, [mfa.authenticator_added]),
    Kind.FACTOR_REMOVED: (_factor, [mfa.authenticator_removed]),
    Kind.FACTOR_FAILED: (_factor, [mfa.authentication_failed]),
    Kind.RECOVERY_CODES_MADE: (_nothing, [mfa.authenticator_reset]),
}
"""Which signals, all with a `user`, and what of them is the detail."""


def listen() -> None:
    """Record from now on. Called once, when the apps are ready."""
    for kind, (detail, signals) in RECORDED.items():
        for signal in signals:
            signal.connect(_recorder(kind, detail), weak=False)
    account.password_reset.connect(_password_reset)
    socialaccount.social_account_added.connect(_identity_linked)
    socialaccount.social_account_removed.connect(_identity_unlinked)


def _recorder(kind: Kind, detail: Callable[[dict[str, Any]], str]) -> Callable[..., None]:
    def on_signal(sender: object, **told: Any) -> None:
        if isinstance(told["user"], User):
            security.record(kind, user=told["user"], detail=detail(told))

    return on_signal


def _password_reset(sender: object, request: HttpRequest, user: User, **told: Any) -> None:
    lockout.forgive(request, user.email)


def _identity_linked(sender: object, sociallogin: Any, **told: Any) -> None:
    security.record(
        Kind.IDENTITY_LINKED, user=sociallogin.user, detail=sociallogin.account.provider
    )


def _identity_unlinked(sender: object, socialaccount: Any, **told: Any) -> None:
    security.record(Kind.IDENTITY_UNLINKED, user=socialaccount.user, detail=socialaccount.provider)


class SessionsAdapter(DefaultUserSessionsAdapter):
    """allauth's list of sessions, of which a member may end any."""

    def end_sessions(self, sessions: list[UserSession]) -> None:
        """End them, and write each down."""
        super().end_sessions(sessions)
        for session in sessions:
            security.record(Kind.SESSION_ENDED, user=session.user)
