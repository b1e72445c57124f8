"""The steps of an account, as an app takes them over HTTP."""

import re
from typing import Any

from django.core.mail import EmailMessage
from django.test import Client

APP = "/_allauth/app/v1"
PASSWORD = "correct-horse-battery"


def call(path: str, body: dict[str, Any] | None = None, *, method: str = "post", **headers: str) -> Any:
    """One request to allauth's app client."""
    return getattr(Client(), method)(
        APP + path, data=body, content_type="application/json", headers=headers
    )


def sign_up(email: str, **fields: Any) -> Any:
    """Sign up with the usual password."""
    return call("/auth/signup", {"email": email, "password": PASSWORD, **fields})


def key_in(mail: EmailMessage) -> str:
    """The key that stands on a line of its own."""
    found = re.search(r"^(\S{20,})$", "\n".join(_lines(mail)), flags=re.M)
    assert found, mail.body
    return found[1]


def log_in(email: str, password: str = PASSWORD) -> Any:
    """Log in; the tokens are in `meta`."""
    return call("/auth/login", {"email": email, "password": password})


def bearer(access_token: str) -> Client:
    """A client of the REST API with this token."""
    return Client(headers={"Authorization": f"Bearer {access_token}"})


def make_account(email: str, mailbox: list[EmailMessage], **fields: Any) -> dict[str, str]:
    """Sign up, verify and log in; gives the tokens."""
    sign_up(email, **fields)
    assert call("/auth/email/verify", {"key": key_in(mailbox[-1])}).status_code in {200, 401}
    meta: dict[str, str] = log_in(email).json()["meta"]
    return meta


def _lines(mail: EmailMessage) -> list[str]:
    return [line for line in str(mail.body).splitlines() if not line.startswith("http")]
