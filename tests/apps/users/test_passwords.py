"""Passwords and the sessions that they open, as OWASP ASVS asks for them."""

import pytest
from allauth.headless.tokens.strategies.jwt.internal import session_key_from_sid
from django.test import Client

from apps.users.models import User
from apps.users.signin import tokens
from tests.apps.users.sessions import (
    PASSWORD,
    ask_again,
    authorization,
    call,
    key_in,
    log_in,
    make_account,
    totp_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
EMAIL = "ana@example.com"
LOG_IN = "/_allauth/browser/v1/auth/login"


def set_password(meta, new: str, current: str = PASSWORD) -> int:
    """Ask for another password; gives the status."""
    body = {"current_password": current, "new_password": new}
    return int(call("/account/password/change", body, **authorization(meta)).status_code)


def test_a_new_server_has_no_account():
    assert not User.objects.exists()


def test_eight_characters_are_enough_and_seven_are_not():
    short = call("/auth/signup", {"email": EMAIL, "password": "zq7-vbn"})
    assert short.status_code == 400
    assert {error["param"] for error in short.json()["errors"]} == {"password"}
    assert call("/auth/signup", {"email": EMAIL, "password": "zq7-vbnx"}).status_code == 401


@pytest.mark.parametrize(
    "password",
    [
        "quiet lamp over there",
        "ΨΩ-словo-日本語-🎬",
        "llllllllmmmmmmmm",
        "x" * 60 + "quiet",
        "0-" * 64,
    ],
)
def test_any_characters_make_one_and_each_counts(mailoutbox, password):
    meta = make_account(EMAIL, mailoutbox)
    assert set_password(meta, password) in {200, 401}
    for wrong in (password.upper(), password[:-1], password + "x", PASSWORD):
        if wrong != password:
            assert log_in(EMAIL, wrong).status_code == 400
    assert log_in(EMAIL, password).status_code == 200


def test_it_is_changed_by_whoever_knows_it(mailoutbox):
    meta = make_account(EMAIL, mailoutbox)
    assert set_password(meta, "another-horse-battery", current="not-it-at-all") == 400
    assert set_password(meta, "12345678") == 400
    assert log_in(EMAIL).status_code == 200
    assert set_password(meta, "another-horse-battery") in {200, 401}
    assert log_in(EMAIL).status_code == 400
    assert log_in(EMAIL, "another-horse-battery").status_code == 200


def test_the_page_masks_it_and_lets_a_manager_fill_it_in(mailoutbox):
    make_account(EMAIL, mailoutbox)
    call("/auth/password/request", {"email": EMAIL})
    page = Client().get(f"/account/password/reset/key/{key_in(mailoutbox[-1])}").content.decode()
    [field] = [line for line in page.splitlines() if 'name="password"' in line]
    assert 'type="password"' in field
    assert 'autocomplete="new-password"' in field
    assert not {"onpaste", "readonly", "maxlength"} & set(field.replace("=", " ").split())


def test_a_reset_does_not_pass_the_second_factor(mailoutbox):
    meta = ask_again(make_account(EMAIL, mailoutbox))
    path = "/account/authenticators/totp"
    secret = call(path, method="GET", **authorization(meta)).json()["meta"]["secret"]
    assert call(path, {"code": totp_of(secret)}, **authorization(meta)).status_code == 200
    call("/auth/password/request", {"email": EMAIL})
    body = {"key": key_in(mailoutbox[-1]), "password": "another-horse-battery"}
    answer = call("/auth/password/reset", body)
    assert "access_token" not in answer.json().get("meta", {})
    answer = log_in(EMAIL, "another-horse-battery")
    assert answer.status_code == 401
    assert "access_token" not in answer.json()["meta"]


def test_each_login_has_a_session_of_its_own(mailoutbox):
    make_account(EMAIL, mailoutbox)
    keys = set()
    for _ in range(3):
        claims = tokens.read(log_in(EMAIL).json()["meta"]["access_token"], tokens.ACCESS)
        keys.add(session_key_from_sid(claims["sid"]))
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    browser = Client()
    browser.session.save()
    before = browser.session.session_key
    browser.cookies["sessionid"] = before
    body = {"email": EMAIL, "password": PASSWORD}
    assert browser.post(LOG_IN, body, "application/json").status_code == 200
    assert browser.cookies["sessionid"].value not in {before, *keys}
