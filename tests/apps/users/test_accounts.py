"""An account's life over allauth's app client, with real sessions and tokens."""

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client

from apps.outbox.models import Message
from apps.users.models import User
from tests.apps.users.sessions import (
    PASSWORD,
    bearer,
    call,
    key_in,
    log_in,
    log_out,
    make_account,
    refresh,
    sign_up,
    verify,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_from_sign_up_to_a_personal_answer(mailoutbox):
    answer = sign_up("Ana@Example.com", username="Ana-Lia")
    assert answer.status_code == 401
    assert {"id": "verify_email", "is_pending": True} in answer.json()["data"]["flows"]
    assert "access_token" not in answer.json()["meta"]
    assert log_in("ana@example.com").status_code == 401
    assert verify(mailoutbox[0]).json()["meta"] == {"is_authenticated": False}
    answer = log_in("ANA@example.com")
    assert answer.status_code == 200
    meta = answer.json()["meta"]
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    assert jwt.get_unverified_header(meta["access_token"])["alg"] == "RS256"
    assert claims["exp"] - claims["iat"] == 300
    mine = bearer(meta["access_token"]).get("/api/v1/me/")
    assert mine.status_code == 200
    assert mine.json()["username"] == "ana-lia"
    assert mine.json()["email"] == "ana@example.com"
    assert mine["Cache-Control"] == "private, no-cache"


def test_a_new_member_is_told_to_the_stores(mailoutbox):
    sign_up("news@example.com")
    user = User.objects.get(email="news@example.com")
    rows = Message.objects.filter(topic="users.member", key=str(user.pk))
    assert set(rows.values_list("destination", flat=True)) == {"graph", "vectors", "feeds"}


def test_the_mail_shows_the_page_and_the_key(mailoutbox, settings):
    sign_up("reader@example.com", username="reader-of-mail")
    [mail] = mailoutbox
    assert mail.to == ["reader@example.com"]
    assert "reader-of-mail" in mail.body
    assert f"{settings.WEB_URL}/account/verify-email/" in mail.body
    assert f'\'{{"key": "{key_in(mail)}"}}\'' in mail.body


def test_the_mail_names_the_configured_address_not_the_host_of_the_request(mailoutbox):
    body = {"email": "host@example.com", "password": PASSWORD}
    Client().post(
        "/_allauth/app/v1/auth/signup", body, "application/json", headers={"host": "localhost:666"}
    )
    assert "localhost:666" not in mailoutbox[0].body


def test_without_a_username_the_name_says_nothing_about_the_address(mailoutbox):
    sign_up("secret.person@example.com")
    assert User.objects.get(email="secret.person@example.com").username.startswith("member-")


@pytest.mark.parametrize(
    "username", ["admin", "Support", "ab", "a" * 31, "with space", "dot.dot", "ünal", "x\u0000yz"]
)
def test_sign_up_refuses_a_username(username):
    answer = sign_up("someone@example.com", username=username)
    assert answer.status_code == 400
    assert {error["param"] for error in answer.json()["errors"]} == {"username"}
    assert not User.objects.filter(email="someone@example.com").exists()


@pytest.mark.parametrize(
    "body",
    [
        "[" * 50_000,
        '{"email": ' + "[" * 900 + "]" * 900 + "}",
        '{"email": ' + "1" * 5_000 + "}",
        r'{"email": "\ud800@example.com"}',
        r'{"email": "a@example.com", "password": "\ud800"}',
        '{"email": NaN}',
        "{",
        "5",
    ],
)
@pytest.mark.parametrize("path", ["auth/signup", "auth/login", "tokens/refresh"])
def test_what_is_not_json_is_an_error_of_the_client(client, path, body):
    answer = client.generic("POST", f"/_allauth/app/v1/{path}", body, "application/json")
    assert answer.status_code == 400
    if body != "5":  # JSON, but no object
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "malformed"


def test_sign_up_refuses_a_taken_username_whatever_its_case():
    make_user("rosa-lind")
    answer = sign_up("rosa@example.com", username="ROSA-lind")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "username_taken"


@pytest.mark.parametrize(
    ("email", "password", "param"),
    [
        ("no-address", PASSWORD, "email"),
        (f"{'a' * 250}@example.com", PASSWORD, "email"),
        ("ünal@example.com", PASSWORD, "email"),
        ("x@exämple.com", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        (["a@example.com"], PASSWORD, "email"),
        ("weak@example.com", "12345678", "password"),
        ("weak@example.com", "", "password"),
    ],
)
def test_sign_up_refuses(email, password, param):
    answer = call("/auth/signup", {"email": email, "password": password})
    assert answer.status_code == 400
    assert param in {error["param"] for error in answer.json()["errors"]}


def test_sign_up_does_not_tell_that_an_address_is_known(mailoutbox):
    first = sign_up("twice@example.com")
    second = sign_up("twice@example.com")
    assert second.status_code == first.status_code
    assert second.json()["data"] == first.json()["data"]
    assert second.json()["meta"].keys() == first.json()["meta"].keys()
    assert "There is an account" in mailoutbox[1].body
    assert User.objects.filter(email="twice@example.com").count() == 1


def test_wrong_password_and_unknown_address_answer_alike(mailoutbox):
    make_account("known@example.com", mailoutbox)
    wrong, unknown = log_in("known@example.com", "not-it-at-all"), log_in("unknown@example.com")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize("key", ["", "nonsense", "MQ:1xVkHU:AAAA", None, 5, {"a": 1}])
def test_verification_refuses_a_wrong_key(key):
    assert call("/auth/email/verify", {"key": key}).status_code == 400


def test_refresh_rotates(mailoutbox):
    meta = make_account("rotate@example.com", mailoutbox)
    answer = refresh(meta["refresh_token"])
    assert answer.status_code == 200
    pair = answer.json()["data"]
    assert bearer(pair["access_token"]).get("/api/v1/me/").status_code == 200
    assert refresh(pair["refresh_token"]).status_code == 200


def test_logout_ends_access_and_refresh_at_once(mailoutbox):
    meta = make_account("leaver@example.com", mailoutbox)
    other = log_in("leaver@example.com").json()["meta"]
    assert log_out(meta["access_token"]).status_code == 401
    answer = bearer(meta["access_token"]).get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"
    assert refresh(meta["refresh_token"]).status_code == 400
    assert bearer(other["access_token"]).get("/api/v1/me/").status_code == 200


def test_a_session_can_be_ended_from_another(mailoutbox):
    meta = make_account("devices@example.com", mailoutbox)
    other = log_in("devices@example.com").json()["meta"]
    path, token = "/auth/sessions", f"Bearer {meta['access_token']}"
    sessions = call(path, method="GET", Authorization=token).json()["data"]
    [theirs] = [session["id"] for session in sessions if not session["is_current"]]
    answer = call(path, {"sessions": [theirs]}, method="DELETE", Authorization=token)
    assert answer.status_code == 200
    assert bearer(other["access_token"]).get("/api/v1/me/").status_code == 401


def test_deactivation_ends_access(mailoutbox):
    meta = make_account("gone@example.com", mailoutbox)
    User.objects.filter(email="gone@example.com").update(is_active=False)
    assert bearer(meta["access_token"]).get("/api/v1/me/").status_code == 401
    assert refresh(meta["refresh_token"]).status_code == 400


def test_a_reset_password_replaces_the_old_one_and_ends_sessions(mailoutbox):
    meta = make_account("forgot@example.com", mailoutbox)
    assert call("/auth/password/request", {"email": "forgot@example.com"}).status_code == 200
    key, new = key_in(mailoutbox[-1]), "a-quite-new-password"
    answer = call("/auth/password/reset", {"key": key, "password": new})
    assert answer.status_code == 401
    assert log_in("forgot@example.com").status_code == 400
    assert log_in("forgot@example.com", new).status_code == 200
    assert bearer(meta["access_token"]).get("/api/v1/me/").status_code == 401
    assert call("/auth/password/reset", {"key": key, "password": PASSWORD}).status_code == 400


def test_a_reset_for_an_unknown_address_answers_alike(mailoutbox):
    make_account("there@example.com", mailoutbox)
    known = call("/auth/password/request", {"email": "there@example.com"})
    unknown = call("/auth/password/request", {"email": "nowhere@example.com"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert "There is none" in mailoutbox[-1].body


@pytest.mark.parametrize(
    "token", ["nonsense", "a.b.c", "", "two words", "eyJhbGciOiJub25lIn0.e30."]
)
def test_a_bad_token_is_a_401_even_on_a_public_read(token):
    name = make_user().username
    answer = bearer(token).get(f"/api/v1/users/{name}/")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="cinemesh"'


def test_a_token_of_another_key_is_refused(mailoutbox):
    meta = make_account("forged@example.com", mailoutbox)
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    forged = jwt.encode(claims, "x" * 32, algorithm="HS256")
    assert bearer(forged).get("/api/v1/me/").status_code == 401


def test_authentication_costs_one_query(mailoutbox, django_assert_num_queries):
    meta = make_account("cheap@example.com", mailoutbox)
    client = bearer(meta["access_token"])
    with django_assert_num_queries(1):
        assert client.get("/api/v1/me/").status_code == 200


def test_the_app_and_the_browser_client_are_served_and_no_page():
    assert Client().get("/_allauth/browser/v1/config").status_code == 200
    assert Client().get("/accounts/login/").status_code == 404
    assert call("/config", method="GET").status_code == 200


def test_a_superuser_is_made_verified_and_opens_the_admin(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    options = {"email": "Boss@example.com", "username": "the-boss", "interactive": False}
    call_command("createsuperuser", verbosity=0, **options)
    boss = User.objects.get(email="boss@example.com")
    assert EmailAddress.objects.get(user=boss).verified
    client = Client()
    form = {"username": "BOSS@example.com", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", form).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert log_in("boss@example.com").status_code == 200
