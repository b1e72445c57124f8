"""The steps of an account, as an app takes them over HTTP."""

import json
import re
import time
from collections.abc import Sequence
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client

APP = "/_allauth/app/v1"
PASSWORD = "correct-horse-battery"


def call(path: str, body: object = None, *, method: str = "POST", **headers: str) -> Any:
    """One request to allauth's app client, from a new connection without cookies."""
    return Client().generic(
        method,
        APP + path,
        b"" if body is None else json.dumps(body),
        "application/json",
        headers=headers,
    )


def sign_up(email: str, **fields: object) -> Any:
    """Sign up with the usual password."""
    return call("/auth/signup", {"email": email, "password": PASSWORD, **fields})


def verify(mail: EmailMessage) -> Any:
    """Send the key of a mail."""
    return call("/auth/email/verify", {"key": key_in(mail)})


def log_in(email: str, password: str = PASSWORD) -> Any:
    """Log in; the tokens are in `meta`."""
    return call("/auth/login", {"email": email, "password": password})


def log_out(access_token: str) -> Any:
    """End the session of an access token."""
    return call("/auth/session", method="DELETE", Authorization=f"Bearer {access_token}")


def refresh(refresh_token: str) -> Any:
    """Ask for a new pair of tokens."""
    return call("/tokens/refresh", {"refresh_token": refresh_token})


def bearer(access_token: str) -> Client:
    """A client of the REST API with this token."""
    return Client(headers={"Authorization": f"Bearer {access_token}"})


def authorization(meta: dict[str, str]) -> dict[str, str]:
    """The header of a request that is somebody."""
    return {"Authorization": f"Bearer {meta['access_token']}"}


def ask_again(meta: dict[str, str]) -> dict[str, str]:
    """Give the password once more, as changing a way in demands; gives the tokens back."""
    body = {"password": PASSWORD}
    assert call("/auth/reauthenticate", body, **authorization(meta)).status_code == 200
    return meta


def let_time_pass() -> None:
    """Every sign-in so far was more than five minutes ago."""
    for key in Session.objects.values_list("pk", flat=True):
        session = SessionStore(key)
        for step in session.get("account_authentication_methods", []):
            step["at"] -= 301
        session.save()


def totp_of(secret: str, step: int = 0) -> str:
    """What an authenticator shows now, or `step` half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def second_step(answer: Any, code: str) -> Any:
    """Give the second factor after a log-in that asked for it."""
    headers = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    return call("/auth/2fa/authenticate", {"code": code}, **headers)


def key_in(mail: EmailMessage) -> str:
    """The key that stands on a line of its own."""
    found = re.findall(r"^(?!http)(\S*[:-]\S{20,})$", str(mail.body), flags=re.M)
    assert len(found) == 1, mail.body
    return str(found[0])


def make_account(email: str, mailbox: Sequence[EmailMessage], **fields: object) -> dict[str, str]:
    """Sign up, verify and log in; gives the tokens."""
    sign_up(email, **fields)
    verify(mailbox[-1])
    meta: dict[str, str] = log_in(email).json()["meta"]
    return meta
