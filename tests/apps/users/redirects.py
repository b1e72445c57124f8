"""A sign-in by redirect, step by step, as a browser takes it."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from django.test import Client

from tests.apps.users.issuer import CLIENT_IDS, Issuer
from tests.apps.users.sessions import call

VERIFIER = "a-verifier-that-the-app-keeps-to-itself-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
APP = "films://signed-in"
NONCE = "a-nonce-of-the-app"
HASHED_NONCE = hashlib.sha256(NONCE.encode()).hexdigest()


def start(browser: Client, provider: str, *, process: str = "login") -> dict[str, str]:
    """Leave for the provider; gives what the browser asks of it."""
    back = {"code_challenge": CHALLENGE, "redirect_uri": APP}
    form = {
        "provider": provider,
        "process": process,
        "callback_url": f"/accounts/continue/?{urlencode(back)}",
    }
    answer = browser.post("/_allauth/browser/v1/auth/provider/redirect", form)
    assert answer.status_code == 302
    return {"": answer.url.partition("?")[0], **dict(parse_qsl(urlsplit(answer.url).query))}


def authorize(asked: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Agree at the provider; gives where the browser is sent to, and with what."""
    params = {name: value for name, value in asked.items() if name}
    answer = requests.get(asked[""], params=params, allow_redirects=False, timeout=5)
    if answer.status_code == 302:
        url = urlsplit(answer.headers["Location"])
        return url.path, dict(parse_qsl(url.query))
    return urlsplit(answer.json()["action"]).path, answer.json()["form"]


def come_back(browser: Client, provider: str, path: str, given: dict[str, str]) -> Any:
    """Return to us: from Apple by a POST of another site, which carries no Lax cookie."""
    if provider == "google":
        return browser.get(path, given)
    posted = Client().post(path, given)
    assert posted.status_code == 302
    assert "sessionid" not in posted.cookies
    browser.cookies.update(posted.cookies)
    return browser.get(urlsplit(posted.url).path + "?" + urlsplit(posted.url).query)


def sign_in(browser: Client, provider: str, *, process: str = "login") -> dict[str, str]:
    """All of it, to the app; gives the parameters of the link that opens it."""
    path, given = authorize(start(browser, provider, process=process))
    answer = come_back(browser, provider, path, given)
    assert answer.status_code == 302
    if not answer.url.startswith("/accounts/continue/"):
        return dict(parse_qsl(urlsplit(answer.url).query))
    answer = browser.get(answer.url)
    assert answer["Location"].startswith(f"{APP}?")
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def redeem(code: str, verifier: str = VERIFIER, **headers: str) -> Any:
    """Exchange a code for tokens."""
    body = {"code": code, "code_verifier": verifier}
    return Client().post("/api/v1/sign-in/code/", body, "application/json", headers=headers)


def with_token(
    issuer: Issuer,
    provider: str,
    token: str | None = None,
    *,
    process: str = "login",
    nonce: object = NONCE,
    client_id: str = "",
    **headers: str,
) -> Any:
    """Sign in as a native app does: with an ID token and the nonce that it has kept."""
    given = {
        "client_id": client_id or CLIENT_IDS[provider],
        "id_token": token or issuer.id_token(provider, HASHED_NONCE),
        "nonce": nonce,
    }
    body = {"provider": provider, "process": process, "token": given}
    return call("/auth/provider/token", body, **headers)
