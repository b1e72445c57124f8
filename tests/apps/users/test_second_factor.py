"""TOTP, recovery codes, passkeys: allauth's own, over the app client."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from fido2.utils import websafe_decode

from apps.users.signin.unreadable import Unreadable
from tests.apps.users.authenticator import Authenticator
from tests.apps.users.sessions import (
    ask_again,
    authorization,
    bearer,
    call,
    log_in,
    make_account,
    second_step,
    totp_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def protected(mailoutbox):
    """A member with TOTP: the tokens, the secret, the recovery codes."""
    meta = ask_again(make_account("safe@example.com", mailoutbox))
    path = "/account/authenticators/totp"
    secret = call(path, method="GET", **authorization(meta)).json()["meta"]["secret"]
    assert call(path, {"code": totp_of(secret)}, **authorization(meta)).status_code == 200
    codes = call("/account/authenticators/recovery-codes", method="GET", **authorization(meta))
    return meta, secret, codes.json()["data"]["unused_codes"]


def test_a_password_alone_gives_no_token(protected):
    answer = log_in("safe@example.com")
    assert answer.status_code == 401
    assert "access_token" not in answer.json()["meta"]
    [pending] = [flow for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]
    assert pending["id"] == "mfa_authenticate"
    assert second_step(answer, "000000").status_code == 400


def test_the_code_of_the_app_completes_a_login(protected):
    answer = second_step(log_in("safe@example.com"), totp_of(protected[1], step=1))
    assert answer.status_code == 200
    meta = answer.json()["meta"]
    assert bearer(meta["access_token"]).get("/api/v1/me/").status_code == 200


def test_a_recovery_code_works_once(protected):
    code = protected[2][0]
    assert second_step(log_in("safe@example.com"), code).status_code == 200
    assert second_step(log_in("safe@example.com"), code).status_code == 400


@pytest.fixture
def keyed(mailoutbox):
    """A member with a passkey, and the passkey."""
    meta = ask_again(make_account("key@example.com", mailoutbox))
    path, key = "/account/authenticators/webauthn", Authenticator()
    asked = call(f"{path}?passwordless", method="GET", **authorization(meta)).json()["data"]
    credential = key.register(asked["creation_options"]["publicKey"])
    body = {"name": "mine", "credential": credential}
    assert call(path, body, **authorization(meta)).status_code == 200
    return key, websafe_decode(asked["creation_options"]["publicKey"]["user"]["id"])


def log_in_with(key, user_id):
    answer = call("/auth/webauthn/login", method="GET")
    asked = answer.json()["data"]["request_options"]["publicKey"]
    headers = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    return call("/auth/webauthn/login", {"credential": key.sign_in(asked, user_id)}, **headers)


def test_a_passkey_signs_in_alone(keyed):
    answer = log_in_with(*keyed)
    assert answer.status_code == 200
    assert bearer(answer.json()["meta"]["access_token"]).get("/api/v1/me/").status_code == 200


def test_a_passkey_on_another_page_or_of_another_key_does_not(keyed):
    key, user_id = keyed
    assert log_in_with(Authenticator(), user_id).status_code == 400
    key.origin = "https://testserver.evil.example"
    assert log_in_with(key, user_id).status_code == 400


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x", "rawId": "x", "type": "public-key"},
        {"id": "eA", "rawId": "eA", "type": "public-key", "response": {}},
        {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA"}},
        {"id": 5, "rawId": None, "type": [], "response": "x"},
        [],
        "x",
        None,
    ],
)
def test_a_passkey_that_cannot_be_read_is_an_error_of_the_client(mailoutbox, credential):
    meta = ask_again(make_account("junk@example.com", mailoutbox))
    path, headers = "/account/authenticators/webauthn", authorization(meta)
    call(path, method="GET", **headers)
    assert call(path, {"name": "x", "credential": credential}, **headers).status_code == 400
    token = call("/auth/webauthn/login", method="GET").json()["meta"]["session_token"]
    body, session = {"credential": credential}, {"X-Session-Token": token}
    assert call("/auth/webauthn/login", body, **session).status_code == 400


def test_other_failures_stay_failures():
    request = RequestFactory().get("/api/v1/me/")
    middleware = Unreadable(lambda request: HttpResponse())
    assert middleware.process_exception(request, ValueError()) is None
    request.path = "/_allauth/app/v1/auth/webauthn/login"
    assert middleware.process_exception(request, RuntimeError()) is None
