"""What happens to the safety of an account is written down, for its member and for operators."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.privacy import departures, exports
from apps.users import actions, security
from apps.users.models import SecurityEvent, User
from apps.users.signin import apple
from tests.apps.users.redirects import with_token
from tests.apps.users.sessions import (
    PASSWORD,
    ask_again,
    authorization,
    bearer,
    call,
    key_in,
    log_in,
    log_out,
    make_account,
    refresh,
    second_step,
    totp_of,
    verify,
)
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
EMAIL = "ana@example.com"
NEW_PASSWORD = "another-horse-battery"


@pytest.fixture
def meta(mailoutbox):
    """The tokens of a member who has just signed in, with nothing written down yet."""
    tokens = make_account(EMAIL, mailoutbox)
    SecurityEvent.objects.all().delete()
    return tokens


def told():
    """What was written down, oldest first."""
    return list(SecurityEvent.objects.order_by("pk").values_list("kind", "detail"))


def test_a_sign_in_is_written_down_with_its_network_and_no_secret(meta):
    answer = Client().post(
        "/_allauth/app/v1/auth/login",
        {"email": EMAIL, "password": PASSWORD},
        "application/json",
        REMOTE_ADDR="192.0.2.77",
        headers={"User-Agent": "Films/1\x1b[31m" + "x" * 500},
    )
    assert answer.status_code == 200
    event = SecurityEvent.objects.get()
    ana = User.objects.get(email=EMAIL)
    assert (event.user, event.actor, event.kind, event.detail) == (
        *(ana, ana),
        *("signed_in", "password"),
    )
    assert event.network == "192.0.2.0/24"
    assert event.user_agent == ("Films/1[31m" + "x" * 500)[:120]
    row = repr(SecurityEvent.objects.values().get())
    assert PASSWORD not in row
    assert "192.0.2.77" not in row


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
    ],
)
def test_what_is_kept_of_an_address(address, network):
    assert security.network_of(address) == network


def test_a_wrong_password_is_the_members_and_a_wrong_address_nobodys(meta):
    assert log_in(EMAIL, "not-it-at-all").status_code == 400
    assert log_in("nobody@example.com").status_code == 400
    assert told() == [("sign_in_failed", "")]
    assert SecurityEvent.objects.get().actor is None


def test_signing_out_and_ending_another_session(meta):
    other = log_in(EMAIL).json()["meta"]
    sessions = call("/auth/sessions", method="GET", **authorization(meta)).json()["data"]
    [theirs] = [one["id"] for one in sessions if not one["is_current"]]
    call("/auth/sessions", {"sessions": [theirs]}, method="DELETE", **authorization(meta))
    log_out(meta["access_token"])
    assert bearer(other["access_token"]).get("/api/v1/me/").status_code == 401
    assert [kind for kind, _ in told()] == ["signed_in", "session_ended", "signed_out"]


def test_a_refresh_token_that_comes_twice(meta):
    assert refresh(meta["refresh_token"]).status_code == 200
    assert refresh(meta["refresh_token"]).status_code == 400
    assert refresh(meta["refresh_token"]).status_code == 400
    assert told() == [("token_reused", "")]


def test_a_changed_and_a_reset_password(meta, mailoutbox):
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    call("/account/password/change", change, **authorization(meta))
    assert {kind for kind, _ in told()} == {"signed_out", "password_changed"}
    SecurityEvent.objects.all().delete()
    call("/auth/password/request", {"email": EMAIL})
    call("/auth/password/reset", {"key": key_in(mailoutbox[-1]), "password": PASSWORD})
    assert told() == [("password_reset", "")]


def test_a_changed_address(meta, mailoutbox):
    wrong, new = {"email": "ana@fims.example.org"}, {"email": "ana@films.example.org"}
    headers = authorization(ask_again(meta))
    for method, body in (("POST", wrong), ("DELETE", wrong), ("POST", new)):
        assert call("/account/email", body, method=method, **headers).status_code == 200
    verify(mailoutbox[-1])
    assert User.objects.get().email == "ana@films.example.org"
    kinds = ["address_added", "address_removed", "address_added", "address_changed"]
    assert [kind for kind, _ in told()] == kinds
    assert "ana@" not in repr(SecurityEvent.objects.values())


@pytest.mark.django_db(transaction=True)
def test_second_factors_used_wrongly_added_and_removed(meta):
    path, headers = "/account/authenticators/totp", authorization(ask_again(meta))
    secret = call(path, method="GET", **headers).json()["meta"]["secret"]
    assert call(path, {"code": totp_of(secret)}, **headers).status_code == 200
    assert second_step(log_in(EMAIL), "000000").status_code == 400
    assert second_step(log_in(EMAIL), totp_of(secret, step=1)).status_code == 200
    call("/account/authenticators/recovery-codes", {}, **headers)
    call(path, method="DELETE", **headers)
    assert told() == [
        ("factor_added", "totp"),
        ("factor_added", "recovery_codes"),
        ("factor_failed", "totp"),
        ("signed_in", "totp"),
        ("recovery_codes_made", ""),
        ("factor_removed", "totp"),
        ("factor_removed", "recovery_codes"),
    ]


def test_an_identity_joined_left_and_withdrawn_by_apple(meta, issuer):
    issuer.person = {"sub": "ana-at-the-provider", "email": EMAIL}
    headers = authorization(ask_again(meta))
    for provider in ("google", "apple"):
        answer = with_token(issuer, provider, process="connect", **headers)
        assert answer.status_code == 200
    body = {"provider": "google", "account": "ana-at-the-provider"}
    assert call("/account/providers", body, method="DELETE", **headers).status_code == 200
    apple.end_consent(subject="ana-at-the-provider")
    assert told() == [
        ("identity_linked", "google"),
        ("identity_linked", "apple"),
        ("identity_unlinked", "google"),
        ("identity_unlinked", "apple"),
    ]


def test_a_sign_in_with_a_provider_names_it(issuer):
    issuer.person = {"sub": "ana-at-the-provider", "email": "ana@gmail.com"}
    assert with_token(issuer, "google").status_code == 200
    assert ("signed_in", "google") in told()


def test_an_export_once_and_leaving_once(meta):
    ana = User.objects.get(email=EMAIL)
    for _ in range(2):
        exports.request_export(user=ana)
        departures.leave(user=ana)
    assert told() == [("export_asked", ""), ("left", "")]


@pytest.fixture
def operator():
    """A browser in which a superuser is signed in."""
    browser = Client()
    browser.force_login(make_user("boss", is_staff=True, is_superuser=True))
    SecurityEvent.objects.all().delete()
    return browser


def test_what_operators_do_to_members_is_told_to_the_member(operator):
    ana, bob = make_user("ana"), make_user("bob")
    path = reverse("admin:users_user_change", args=[ana.pk])
    form = {"display_name": "Ana", "visibility": "public", "is_staff": "on"}
    assert operator.post(path, form).status_code == 302
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    path = reverse("admin:auth_user_password_change", args=[ana.pk])
    assert operator.post(path, passwords).status_code == 302
    pair = {"blocker": ana.pk, "blocked": bob.pk}
    assert operator.post(reverse("admin:users_block_add"), pair).status_code == 302
    assert told() == [
        ("operator_acted", "user: Display name, Is staff"),
        ("operator_acted", "user: password"),
        ("operator_acted", "block: added"),
    ]
    events = SecurityEvent.objects.all()
    assert {(event.user.username, event.actor.username) for event in events} == {("ana", "boss")}


def test_operators_read_the_log_and_change_nothing(operator):
    event = SecurityEvent.objects.create(user=make_user(), kind="signed_in")
    path = reverse("admin:users_securityevent_change", args=[event.pk])
    assert operator.get(reverse("admin:users_securityevent_changelist")).status_code == 200
    assert operator.get(path).status_code == 200
    assert operator.post(path, {"kind": "left"}).status_code == 403
    assert operator.post(path.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert operator.get(reverse("admin:users_securityevent_add")).status_code == 403


def test_a_member_reads_their_own_page_by_page(client_of):
    ana, bob = make_user(), make_user()
    for kind in ("signed_in", "sign_in_failed", "left"):
        SecurityEvent.objects.create(user=ana, actor=bob, kind=kind, network="192.0.2.0/24")
    SecurityEvent.objects.create(user=bob, kind="password_reset")
    client, seen, path = client_of(ana), [], "/api/v1/me/security-events/?limit=2"
    page = client.get(path).json()
    while True:
        seen += page["items"]
        if page["next"] is None:
            break
        page = client.get(f"{path}&cursor={page['next']}").json()
    assert [item["event"] for item in seen] == ["left", "sign_in_failed", "signed_in"]
    assert set(seen[0]) == {"id", "at", "event", "detail", "network", "user_agent"}
    answer = client.get(path)
    assert answer["Cache-Control"] == "private, no-cache"
    assert Client().get(path).status_code == 401


def test_a_page_costs_one_query(client_of, django_assert_num_queries):
    ana = make_user()
    SecurityEvent.objects.bulk_create(
        SecurityEvent(user=ana, actor=ana, kind="signed_in") for _ in range(100)
    )
    with django_assert_num_queries(1):
        assert (
            len(client_of(ana).get("/api/v1/me/security-events/?limit=100").json()["items"]) == 100
        )


def test_after_180_days_an_event_goes(capsys):
    now, ana = timezone.now(), make_user()
    for days in (179, 181):
        SecurityEvent.objects.create(user=ana, kind="left", at=now - timedelta(days=days))
    call_command("purge_security_events")
    assert "1 deleted." in capsys.readouterr().out
    assert SecurityEvent.objects.get().at == now - timedelta(days=179)


def test_it_goes_with_the_member_and_an_operator_who_goes_is_no_longer_named():
    ana, boss = make_user(), make_user()
    SecurityEvent.objects.create(user=ana, actor=boss, kind="operator_acted")
    actions.delete_user(user=boss)
    assert SecurityEvent.objects.get().actor is None
    actions.delete_user(user=ana)
    assert not SecurityEvent.objects.exists()
