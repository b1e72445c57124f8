"""Tokens: what they claim, how they rotate, and what ends them."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives import serialization
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from apps.users.models import User
from apps.users.signin import keys, tokens
from tests.apps.users.sessions import PASSWORD, bearer, call, log_in, make_account, refresh
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.django_db


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def is_alive(access_token):
    status = bearer(access_token).get("/api/v1/me/").status_code
    assert status in {200, 401}
    return status == 200


def resign(token, **changes):
    """The same token, with other claims, signed by our key."""
    now = keys.current()
    claims = {name: value for name, value in {**claims_of(token), **changes}.items() if value}
    return jwt.encode(claims, now.signing, "RS256", headers={"kid": now.kid})


def test_what_the_tokens_claim(mailoutbox, settings):
    meta = make_account("claims@example.com", mailoutbox)
    access, again = claims_of(meta["access_token"]), claims_of(meta["refresh_token"])
    assert access["iss"] == again["iss"] == settings.WEB_URL
    assert access["aud"] == f"{settings.WEB_URL}/api/v1/"
    assert again["aud"] == f"{settings.WEB_URL}/_allauth/app/v1/tokens/refresh"
    assert access["exp"] - access["iat"] == 300
    assert again["exp"] - again["iat"] == 86_400
    assert jwt.get_unverified_header(meta["access_token"])["kid"] == keys.current().kid
    assert is_alive(resign(meta["access_token"]))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"iat": None},
        {"jti": None},
        {"sid": None},
        {"sid": "bm90LWEtc2Vzc2lvbg=="},
        {"sub": "1"},
        {"sub": None},
    ],
)
def test_a_token_with_another_claim_is_refused(mailoutbox, change):
    meta = make_account("changed@example.com", mailoutbox)
    assert not is_alive(resign(meta["access_token"], **change))
    assert refresh(resign(meta["refresh_token"], **change)).status_code == 400
    assert refresh(meta["refresh_token"]).status_code == 200


def test_a_session_vouches_for_its_own_member_alone(mailoutbox):
    meta = make_account("holder@example.com", mailoutbox)
    other = make_account("other@example.com", mailoutbox)
    holder = User.objects.get(email="holder@example.com")
    User.objects.filter(email="other@example.com").update(password=holder.password)
    assert not is_alive(resign(meta["access_token"], sub=claims_of(other["access_token"])["sub"]))
    assert is_alive(meta["access_token"])


def test_a_password_that_was_set_elsewhere_ends_access(mailoutbox):
    meta = make_account("elsewhere@example.com", mailoutbox)
    user = User.objects.get(email="elsewhere@example.com")
    user.set_password("a-quite-new-password")
    user.save()
    assert not is_alive(meta["access_token"])
    assert refresh(meta["refresh_token"]).status_code == 400


def test_a_way_to_sign_in_that_is_no_longer_offered_ends_access(mailoutbox, settings):
    meta = make_account("backend@example.com", mailoutbox)
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert not is_alive(meta["access_token"])


def test_a_token_that_was_good_runs_out(mailoutbox):
    token = make_account("out@example.com", mailoutbox)["access_token"]
    short = resign(token, exp=int(time.time()) + 2)
    assert is_alive(short)
    wait_until(lambda: not is_alive(short), "the token runs out", seconds=10)
    assert is_alive(token)


def test_an_audience_among_others_is_refused(mailoutbox):
    meta = make_account("many@example.com", mailoutbox)
    mine = claims_of(meta["access_token"])["aud"]
    assert not is_alive(resign(meta["access_token"], aud=[mine, "https://elsewhere.example"]))


def test_the_refresh_token_gives_no_access_and_the_access_token_no_refresh(mailoutbox):
    meta = make_account("uses@example.com", mailoutbox)
    assert not is_alive(meta["refresh_token"])
    assert refresh(meta["access_token"]).status_code == 400


def test_the_public_key_as_a_shared_secret_is_refused(mailoutbox):
    meta = make_account("confused@example.com", mailoutbox)
    public = keys.current().signing.public_key().public_numbers().n.to_bytes(384, "big")
    header = {"kid": keys.current().kid}
    forged = jwt.encode(claims_of(meta["access_token"]), public, "HS256", headers=header)
    assert not is_alive(forged)
    unsigned = jwt.encode(claims_of(meta["access_token"]), None, "none", headers=header)
    assert not is_alive(unsigned)


@pytest.mark.parametrize("kid", ["elsewhere", 5, None, ["x"]])
def test_an_unknown_key_id_is_refused(mailoutbox, kid):
    meta = make_account("kid@example.com", mailoutbox)
    assert tokens.read(resign(meta["access_token"]), tokens.ACCESS)
    segments = meta["access_token"].split(".")
    header = jwt.utils.base64url_encode(
        json.dumps({"alg": "RS256", "typ": "JWT", "kid": kid}).encode()
    )
    assert not is_alive(".".join([header.decode(), *segments[1:]]))


def test_a_reused_refresh_token_ends_its_family_and_tells_the_person(mailoutbox):
    meta = make_account("victim@example.com", mailoutbox)
    other = log_in("victim@example.com").json()["meta"]
    pair = refresh(meta["refresh_token"]).json()["data"]
    assert is_alive(pair["access_token"])
    mailoutbox.clear()
    assert refresh(meta["refresh_token"]).status_code == 400
    assert not is_alive(pair["access_token"])
    assert not is_alive(meta["access_token"])
    assert refresh(pair["refresh_token"]).status_code == 400
    [mail] = mailoutbox
    assert mail.to == ["victim@example.com"]
    assert "used a second time" in mail.body
    assert is_alive(other["access_token"])
    assert refresh(other["refresh_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_fifty_refreshes_at_once_at_most_one_family_lives(mailoutbox):
    meta = make_account("parallel@example.com", mailoutbox)

    def attempt(_):
        try:
            return refresh(meta["refresh_token"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert {answer.status_code for answer in answers} <= {200, 400}
    pairs = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert len(pairs) == 1
    assert sum(refresh(pair["refresh_token"]).status_code == 200 for pair in pairs) <= 1
    assert UserSession.objects.count() <= 1


def test_a_login_ends_after_thirty_days_however_often_it_is_refreshed(mailoutbox):
    meta = make_account("month@example.com", mailoutbox)
    [session] = Session.objects.filter(session_key__in=UserSession.objects.values("session_key"))
    ends = session.expire_date
    assert timedelta(days=29, hours=23) < ends - timezone.now() <= timedelta(days=30)
    pair = refresh(meta["refresh_token"]).json()["data"]
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert call("/account/authenticators", method="GET", **headers).status_code == 200
    session.refresh_from_db()
    assert session.expire_date == ends
    Session.objects.filter(pk=session.pk).update(expire_date=timezone.now())
    assert refresh(pair["refresh_token"]).status_code == 400
    assert not is_alive(pair["access_token"])


def test_a_changed_password_ends_every_login(mailoutbox):
    meta = make_account("change@example.com", mailoutbox)
    other = log_in("change@example.com").json()["meta"]
    body = {"current_password": PASSWORD, "new_password": "a-quite-new-password"}
    headers = {"Authorization": f"Bearer {meta['access_token']}"}
    assert call("/account/password/change", body, **headers).status_code == 401
    for pair in (meta, other):
        assert not is_alive(pair["access_token"])
        assert refresh(pair["refresh_token"]).status_code == 400
    assert log_in("change@example.com", "a-quite-new-password").status_code == 200


def test_an_erased_member_has_no_access(mailoutbox):
    meta = make_account("erased@example.com", mailoutbox)
    User.objects.get(email="erased@example.com").delete()
    assert not is_alive(meta["access_token"])
    assert refresh(meta["refresh_token"]).status_code == 400


@pytest.fixture
def key_file(tmp_path, settings):
    """The keys in a file, as an installation has them."""
    path = tmp_path / "jwt.pem"
    path.write_text(settings.JWT_KEYS, encoding="ascii")
    settings.JWT_KEYS_FILE = str(path)
    return path


def test_keys_rotate_without_logging_anyone_out(mailoutbox, key_file, capsys):
    meta = make_account("rotated@example.com", mailoutbox)
    before = keys.current()
    call_command("rotate_jwt_key")
    after = keys.current()
    assert after.kid in capsys.readouterr().out
    assert after.kid != before.kid
    assert before.kid in after.verifying
    assert is_alive(meta["access_token"])
    pair = refresh(meta["refresh_token"]).json()["data"]
    assert jwt.get_unverified_header(pair["access_token"])["kid"] == after.kid
    call_command("rotate_jwt_key")
    assert len(keys.current().verifying) == 3
    assert is_alive(meta["access_token"])
    assert is_alive(pair["access_token"])


def test_a_former_key_signs_no_more_and_verifies_until_its_tokens_have_run_out(
    mailoutbox, key_file, settings
):
    meta = make_account("retired@example.com", mailoutbox)
    call_command("rotate_jwt_key")
    text = key_file.read_text(encoding="ascii")
    assert text.count("PRIVATE KEY-----") == 2
    [retired] = [line for line in text.splitlines() if line.startswith("Retired: ")]
    life = timedelta(seconds=settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN)
    for age, verifies in ((life - timedelta(minutes=1), True), (life, False)):
        moment = (timezone.now() - age).isoformat()
        key_file.write_text(text.replace(retired, f"Retired: {moment}"), encoding="ascii")
        assert is_alive(meta["access_token"]) == verifies
    call_command("rotate_jwt_key")
    assert len(keys.current().verifying) == 2


def test_without_a_file_nothing_can_rotate(settings):
    settings.JWT_KEYS_FILE = ""
    with pytest.raises(CommandError, match="JWT_PRIVATE_KEY_FILE"):
        call_command("rotate_jwt_key")


@pytest.mark.parametrize("kind", ["nothing", "words", "a public key"])
def test_what_is_no_private_key_is_named(settings, kind):
    pem = (
        keys.current()
        .signing.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    settings.JWT_KEYS_FILE = ""
    settings.JWT_KEYS = {"nothing": "", "words": "a PEM", "a public key": pem.decode()}[kind]
    with pytest.raises(ImproperlyConfigured, match="JWT_PRIVATE_KEY"):
        keys.current()
