"""Who gets into which account: linking, the last way in, and the five pre-hijacking attacks.

The attacks are those of Sudhodanan and Paverd (USENIX Security 2022): an attacker prepares an
account with the address of a victim who has none yet, and waits. Each is tried against a victim who
comes with Google, with Apple, and with a password.
"""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from apps.users.models import User
from tests.apps.users.issuer import KEY
from tests.apps.users.redirects import HASHED_NONCE, with_token
from tests.apps.users.sessions import (
    PASSWORD,
    ask_again,
    authorization,
    bearer,
    call,
    key_in,
    let_time_pass,
    log_in,
    make_account,
    sign_up,
    totp_of,
    verify,
)

pytestmark = pytest.mark.django_db
VICTIM, ATTACKER = "victim@gmail.com", "attacker@example.com"
NEW_PASSWORD = "only-the-victim-knows"
ways = pytest.mark.parametrize("way", ["google", "apple", "password"])
providers = pytest.mark.parametrize("provider", ["google", "apple"])


@pytest.fixture
def victim(issuer):
    """The issuer knows the victim, who owns the address."""
    issuer.person = {"sub": "the-victim", "email": VICTIM}
    return issuer


def whose(meta):
    return bearer(meta["access_token"]).get("/api/v1/me/").json()["email"]


def arrive(issuer, way, mailoutbox):
    """The victim comes, and does what the mails say; gives the tokens of where they end."""
    if way == "password":
        call("/auth/signup", {"email": VICTIM, "password": NEW_PASSWORD})
    else:
        answer = with_token(issuer, way)
        if answer.status_code == 200:
            return answer.json()["meta"]
    if "There is an account" in mailoutbox[-1].body:
        call("/auth/password/request", {"email": VICTIM})
        reset = {"key": key_in(mailoutbox[-1]), "password": NEW_PASSWORD}
        assert call("/auth/password/reset", reset).status_code == 401
        log_in(VICTIM, NEW_PASSWORD)
    confirm = [mail for mail in mailoutbox if "To confirm that it is yours" in mail.body]
    verify(confirm[-1])
    answer = log_in(VICTIM, NEW_PASSWORD) if way == "password" else with_token(issuer, way)
    assert answer.status_code == 200
    return answer.json()["meta"]


def attacker_is_out(victims):
    """The attacker's password opens nothing, and the account has one person's ways in."""
    assert whose(victims) == VICTIM
    assert log_in(VICTIM).status_code != 200
    member = User.objects.get(email=VICTIM)
    assert set(member.emailaddress_set.values_list("email", flat=True)) == {VICTIM}
    assert set(SocialAccount.objects.filter(user=member).values_list("uid", flat=True)) <= {
        "the-victim"
    }


@ways
def test_classic_federated_merge(victim, way, mailoutbox):
    sign_up(VICTIM)
    attacker_is_out(arrive(victim, way, mailoutbox))


@ways
def test_unexpired_session(victim, way, mailoutbox):
    session = sign_up(VICTIM).json()["meta"]["session_token"]
    headers = {"X-Session-Token": session}
    attacker_is_out(arrive(victim, way, mailoutbox))
    assert call("/auth/session", method="GET", **headers).status_code in {401, 410}
    assert call("/account/email", method="GET", **headers).status_code in {401, 410}


@ways
def test_trojan_identifier(victim, way, mailoutbox):
    headers = {"X-Session-Token": sign_up(VICTIM).json()["meta"]["session_token"]}
    other = call("/account/email", {"email": ATTACKER}, **headers)
    assert other.status_code in {401, 409}
    assert not EmailAddress.objects.filter(email=ATTACKER).exists()
    victim.person = {"sub": "the-attacker", "email": ATTACKER}
    for provider in ("google", "apple"):
        answer = with_token(victim, provider, process="connect", **headers)
        assert answer.status_code != 200
    assert not SocialAccount.objects.exists()
    victim.person = {"sub": "the-victim", "email": VICTIM}
    attacker_is_out(arrive(victim, way, mailoutbox))


@ways
def test_unexpired_address_change(victim, way, mailoutbox):
    meta = ask_again(make_account(ATTACKER, mailoutbox))
    assert call("/account/email", {"email": VICTIM}, **authorization(meta)).status_code == 200
    key = key_in(mailoutbox[-1])
    if way == "password":
        EmailAddress.objects.filter(email=VICTIM).delete()  # the attacker's wish runs out
    victims = arrive(victim, way, mailoutbox)
    attacker_is_out(victims)
    assert call("/auth/email/verify", {"key": key}, **authorization(meta)).status_code == 400
    assert whose(meta) == ATTACKER
    assert whose(victims) == VICTIM


@ways
def test_non_verifying_provider(victim, way, mailoutbox):
    if way == "password":
        make_account(VICTIM, mailoutbox)
    else:
        assert with_token(victim, way).status_code == 200
    member = User.objects.get(email=VICTIM)
    victim.person = {"sub": "the-attacker", "email": VICTIM}
    for provider in ("google", "apple"):
        for verified in (False, "false", None, 0, "", "yes", 1.5):
            token = victim.id_token(provider, HASHED_NONCE, key=KEY, email_verified=verified)
            assert with_token(victim, provider, token).status_code == 400
    assert not SocialAccount.objects.filter(uid="the-attacker").exists()
    assert User.objects.get() == member


@providers
def test_an_address_that_both_verified_joins(victim, provider, mailoutbox):
    make_account(VICTIM, mailoutbox)
    answer = with_token(victim, provider)
    assert whose(answer.json()["meta"]) == VICTIM
    assert User.objects.count() == 1
    assert SocialAccount.objects.get().uid == "the-victim"
    assert "third-party account" in mailoutbox[-1].body
    assert log_in(VICTIM).status_code == 200


def test_google_does_not_vouch_for_other_peoples_mailboxes(issuer, mailoutbox):
    make_account("ana@films.example", mailoutbox)
    issuer.person = {"sub": "google-ana", "email": "ana@films.example"}
    assert with_token(issuer, "google").status_code == 401
    assert not SocialAccount.objects.exists()
    issuer.person["hd"] = "films.example"
    assert with_token(issuer, "google").status_code == 200


@providers
def test_an_identity_is_its_subject_whatever_its_address(victim, provider, mailoutbox):
    with_token(victim, provider)
    member = User.objects.get()
    victim.person["email"] = "moved@gmail.com"
    assert whose(with_token(victim, provider).json()["meta"]) == VICTIM
    victim.person = {"sub": "someone-else", "email": "moved@gmail.com"}
    assert whose(with_token(victim, provider).json()["meta"]) == "moved@gmail.com"
    assert SocialAccount.objects.get(uid="the-victim").user == member


@providers
def test_a_signed_in_person_connects_an_identity_and_nobody_takes_it(victim, provider, mailoutbox):
    mine = ask_again(make_account("ana@example.com", mailoutbox))
    answer = with_token(victim, provider, process="connect", **authorization(mine))
    assert answer.status_code == 200
    assert whose(with_token(victim, provider).json()["meta"]) == "ana@example.com"
    other = ask_again(make_account("eve@example.com", mailoutbox))
    answer = with_token(victim, provider, process="connect", **authorization(other))
    assert answer.status_code == 400
    assert whose(with_token(victim, provider).json()["meta"]) == "ana@example.com"


@providers
def test_the_last_way_in_stays(victim, provider):
    meta = with_token(victim, provider).json()["meta"]
    body = {"provider": provider, "account": "the-victim"}
    path = "/account/providers"
    answer = call(path, body, method="DELETE", **authorization(meta))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "no_password"
    assert whose(with_token(victim, provider).json()["meta"]) == VICTIM


def test_an_identity_beside_a_password_can_go(victim, mailoutbox):
    meta = ask_again(make_account("ana@example.com", mailoutbox))
    with_token(victim, "google", process="connect", **authorization(meta))
    body = {"provider": "google", "account": "the-victim"}
    assert (
        call("/account/providers", body, method="DELETE", **authorization(meta)).status_code == 200
    )
    assert not SocialAccount.objects.exists()
    assert log_in("ana@example.com", PASSWORD).status_code == 200


def test_a_wished_address_resets_no_password(mailoutbox):
    meta = ask_again(make_account(ATTACKER, mailoutbox))
    call("/account/email", {"email": VICTIM}, **authorization(meta))
    assert call("/auth/password/request", {"email": VICTIM}).status_code == 200
    assert mailoutbox[-1].to == [VICTIM]
    assert "There is none" in mailoutbox[-1].body


def test_who_comes_by_a_provider_alone_signs_in_anew_to_change_a_way_in(issuer):
    """They have no password to give again."""
    issuer.person = {"sub": "the-victim", "email": VICTIM}
    new, passwords = {"email": "other@gmail.com"}, {"new_password": NEW_PASSWORD}
    stolen = authorization(with_token(issuer, "google").json()["meta"])
    let_time_pass()
    assert call("/account/email", new, **stolen).status_code == 401
    assert call("/account/password/change", passwords, **stolen).status_code == 401
    path = "/account/authenticators/totp"
    secret = call(path, method="GET", **stolen).json()["meta"]["secret"]
    assert call(path, {"code": totp_of(secret)}, **stolen).status_code == 401
    assert with_token(issuer, "apple", process="connect", **stolen).status_code == 401
    assert not User.objects.get().has_usable_password()

    fresh = authorization(with_token(issuer, "google").json()["meta"])
    assert call("/account/email", new, **fresh).status_code == 200
    assert call("/account/password/change", passwords, **fresh).status_code == 401  # and signed out
    assert User.objects.get().check_password(NEW_PASSWORD)


def test_a_token_alone_changes_no_way_in(victim, mailoutbox):
    headers = authorization(make_account(ATTACKER, mailoutbox))
    assert call("/account/email", {"email": VICTIM}, **headers).status_code == 401
    assert with_token(victim, "google", process="connect", **headers).status_code == 401
    assert not EmailAddress.objects.filter(email=VICTIM).exists()
    assert not SocialAccount.objects.exists()
