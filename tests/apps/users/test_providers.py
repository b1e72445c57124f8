"""Sign-in with Google and Apple, against a local issuer that speaks as they do."""

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives import serialization
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from apps.users.models import KeptAnswer, SignInCode, User
from apps.users.signin.apple import revoke_consent
from config import env
from tests.apps.users.issuer import CLIENT_IDS, KEY, OTHER_KEY
from tests.apps.users.redirects import (
    CHALLENGE,
    HASHED_NONCE,
    authorize,
    come_back,
    redeem,
    sign_in,
    start,
    with_token,
)
from tests.apps.users.sessions import bearer, call
from tests.architecture.test_environment import SOUND

pytestmark = pytest.mark.django_db
both = pytest.mark.parametrize("provider", ["google", "apple"])
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


@pytest.fixture
def ana(issuer):
    """Who signs in."""
    issuer.person = {"sub": "subject-1", "email": "ana@gmail.com"}
    return issuer


def me(meta):
    return bearer(meta["access_token"]).get("/api/v1/me/")


def test_without_keys_both_are_off():
    assert call("/config", method="GET").json()["data"]["socialaccount"]["providers"] == []


def test_with_keys_both_are_on(issuer):
    listed = call("/config", method="GET").json()["data"]["socialaccount"]["providers"]
    assert {provider["id"]: provider["client_id"] for provider in listed} == CLIENT_IDS
    assert all("provider_token" in provider["flows"] for provider in listed)


@both
def test_a_native_token_signs_up_and_in(ana, provider):
    first = with_token(ana, provider)
    assert first.status_code == 200
    assert me(first.json()["meta"]).json()["email"] == "ana@gmail.com"
    assert User.objects.get().username.startswith("member-")
    ana.person["email"] = None
    again = with_token(ana, provider, ana.id_token(provider, HASHED_NONCE))
    assert again.status_code == 200
    assert User.objects.count() == 1
    assert set(SocialAccount.objects.get().extra_data) <= {"sub", "email"}


@both
def test_a_native_app_has_an_audience_of_its_own(ana, provider):
    native = {"google": "ios.apps.googleusercontent.com", "apple": "org.example.films"}[provider]
    token = ana.id_token(provider, HASHED_NONCE, aud=native)
    assert with_token(ana, provider, token).status_code == 400
    assert with_token(ana, provider, token, client_id=native).status_code == 200


FORGERIES = {
    "forged key id": {"kid": "forged", "key": OTHER_KEY},
    "another key": {"key": OTHER_KEY},
    "no algorithm": {"alg": "none", "key": None},
    "wrong audience": {"aud": "someone-else"},
    "a list of audiences": {"aud": [*CLIENT_IDS.values(), "someone-else"]},
    "no audience": {"aud": None},
    "wrong issuer": {"iss": "https://accounts.example.com"},
    "no issuer": {"iss": None},
    "expired": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "issued in the future": {"iat": 4_000_000_000},
    "no subject": {"sub": None},
    "nonce missing": {"nonce": None},
    "nonce wrong": {"nonce": "0" * 64},
    "nonce empty": {"nonce": ""},
    "address not verified": {"email_verified": False},
    "address perhaps verified": {"email_verified": None},
    "address verified: false, as a string": {"email_verified": "false"},
}


@both
@pytest.mark.parametrize("changes", FORGERIES.values(), ids=FORGERIES)
def test_a_native_token_is_refused(ana, provider, changes):
    answer = with_token(ana, provider, ana.id_token(provider, **{"nonce": HASHED_NONCE, **changes}))
    assert answer.status_code == 400
    assert not User.objects.exists()
    assert with_token(ana, provider).status_code == 200


@both
def test_the_public_key_as_a_shared_secret_is_refused(ana, provider):
    good = ana.id_token(provider, HASHED_NONCE)
    claims = jwt.decode(good, options={"verify_signature": False})
    secret = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    header = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"current","typ":"JWT"}')
    signed = header + b"." + good.split(".")[1].encode()
    signature = jwt.utils.base64url_encode(secret.sign(signed, PUBLIC))
    forged = (signed + b"." + signature).decode()
    assert jwt.decode(forged, options={"verify_signature": False}) == claims
    assert with_token(ana, provider, forged).status_code == 400
    assert with_token(ana, provider, good).status_code == 200


@both
def test_an_app_that_no_app_can_be_is_refused(ana, provider):
    assert with_token(ana, provider, client_id="\x00").status_code == 400


@both
def test_a_token_works_once(ana, provider):
    token = ana.id_token(provider, HASHED_NONCE)
    assert with_token(ana, provider, token).status_code == 200
    assert with_token(ana, provider, token).status_code == 400
    padded = token.rpartition(".")[0] + "." + token.rpartition(".")[2] + "="
    assert with_token(ana, provider, padded).status_code == 400


@both
@pytest.mark.parametrize("nonce", [None, "", "another", HASHED_NONCE, 5, ["a"]])
def test_a_token_without_its_own_nonce_is_refused(ana, provider, nonce):
    assert with_token(ana, provider, nonce=nonce).status_code == 400


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "null", "e30.e30.e30"])
def test_what_is_no_token_is_refused(issuer, token):
    assert with_token(issuer, "google", token or " ").status_code == 400


@both
def test_a_redirect_ends_in_tokens(ana, provider):
    browser = Client()
    link = sign_in(browser, provider)
    assert set(link) == {"code"}
    answer = redeem(link["code"])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert me(answer.json()).json()["email"] == "ana@gmail.com"
    current = browser.get("/_allauth/browser/v1/auth/session")
    assert current.status_code == 401
    assert redeem(link["code"]).status_code == 400


@both
def test_a_redirect_carries_pkce_state_and_nonce(ana, provider):
    asked = start(Client(), provider)
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16
    assert len(asked["nonce"]) >= 32
    assert (asked.get("response_mode") == "form_post") == (provider == "apple")


REDIRECTED = {
    name: changes
    for name, changes in FORGERIES.items()
    if not {"key", "kid", "alg"} & changes.keys()
}


@both
@pytest.mark.parametrize("changes", REDIRECTED.values(), ids=REDIRECTED)
def test_a_redirect_with_a_bad_token_is_refused(ana, provider, changes):
    ana.changes = changes
    assert "error" in sign_in(Client(), provider)
    assert not User.objects.exists()


@both
def test_a_redirect_comes_back_to_the_browser_that_left(ana, provider):
    path, given = authorize(start(Client(), provider))
    answer = come_back(Client(), provider, path, given)
    assert "error=" in answer.url
    assert not User.objects.exists()


@both
def test_a_redirect_comes_back_once(ana, provider):
    browser = Client()
    path, given = authorize(start(browser, provider))
    assert "error" not in come_back(browser, provider, path, given).url
    assert "error" in come_back(browser, provider, path, given).url


def test_apple_tells_a_name_once_and_it_stays(ana):
    ana.name = {"name": {"firstName": "Ana", "lastName": "Lía"}, "email": "x@evil.example"}
    redeem(sign_in(Client(), "apple")["code"])
    ana.name = None
    redeem(sign_in(Client(), "apple")["code"])
    member = User.objects.get()
    assert member.display_name == "Ana Lía"
    assert member.email == "ana@gmail.com"


@pytest.mark.parametrize("name", ["x", {"name": 1}, {"name": {"firstName": {}}}, []])
def test_a_name_that_is_none_is_no_harm(ana, name):
    ana.name = name
    assert redeem(sign_in(Client(), "apple")["code"]).status_code == 200
    assert User.objects.get().display_name == ""


def test_a_relay_address_is_an_address(ana):
    ana.person |= {"email": "xyz123@privaterelay.appleid.com", "is_private_email": "true"}
    ana.person["email_verified"] = "true"
    pair = redeem(sign_in(Client(), "apple")["code"]).json()
    assert me(pair).json()["email"] == "xyz123@privaterelay.appleid.com"


def test_a_code_is_bound_to_its_verifier(ana):
    link = sign_in(Client(), "google")
    assert (
        redeem(link["code"], "another-verifier-that-is-long-enough-0123456789").status_code == 400
    )
    assert redeem(link["code"]).status_code == 400


def test_with_a_key_too_a_code_is_used_up_and_its_tokens_are_kept_nowhere(ana):
    pair = redeem(sign_in(Client(), "google")["code"]).json()
    headers = {"Authorization": f"Bearer {pair['access_token']}", "Idempotency-Key": "one"}
    code = sign_in(Client(), "google")["code"]
    wrong = "another-verifier-that-is-long-enough-0123456789"
    assert redeem(code, wrong, **headers).status_code == 400
    assert redeem(code).status_code == 400
    assert redeem(sign_in(Client(), "google")["code"], **headers).status_code == 200
    assert not KeptAnswer.objects.exists()


def test_a_code_runs_out(ana):
    link = sign_in(Client(), "google")
    SignInCode.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert redeem(link["code"]).status_code == 400


@pytest.mark.parametrize("target", ["", "https://evil.example/", "films://other", "//evil.example"])
def test_a_code_goes_nowhere_else(target):
    params = {"code_challenge": CHALLENGE, "redirect_uri": target}
    assert Client().get("/accounts/continue/", params).status_code == 400


def test_who_has_not_signed_in_gets_no_code():
    params = {"code_challenge": CHALLENGE, "redirect_uri": "/here"}
    assert Client().get("/accounts/continue/", params)["Location"] == "/here?error=not_signed_in"


def notice(issuer, kind, *, key=KEY, **changes):
    event = f'{{"type": "{kind}", "sub": "subject-1", "event_time": 1}}'
    token = issuer.id_token("apple", None, key=key, events=event, exp=None, **changes)
    return Client().post("/accounts/apple/notices/", {"payload": token}, "application/json")


def test_a_withdrawn_consent_ends_the_identity_and_its_sessions(ana):
    meta = with_token(ana, "apple").json()["meta"]
    assert notice(ana, "email-disabled").status_code == 200
    assert me(meta).status_code == 200
    assert notice(ana, "consent-revoked").status_code == 200
    assert me(meta).status_code == 401
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"key": OTHER_KEY}, {"aud": "someone-else"}, {"iss": "https://evil.example"}]
)
def test_a_forged_notice_is_refused(ana, changes):
    with_token(ana, "apple")
    assert notice(ana, "consent-revoked", **changes).status_code == 400
    assert SocialAccount.objects.exists()


def test_a_notice_that_is_none_is_refused(issuer):
    for body in ("{}", "[]", "", '{"payload": 5}', "[" * 50_000):
        sent = Client().post("/accounts/apple/notices/", body, "application/json")
        assert sent.status_code == 400


def test_apples_consent_is_revoked_when_an_account_ends(ana):
    redeem(sign_in(Client(), "apple")["code"])
    member = User.objects.get()
    assert SocialToken.objects.get().token == ""
    assert revoke_consent(user=member)
    assert ana.revoked == ["apple-refresh"]
    assert revoke_consent(user=member)
    assert len(ana.revoked) == 1


def test_production_refuses_a_local_issuer():
    with pytest.raises(ImproperlyConfigured, match="SIGN_IN_ISSUER_URL"):
        env.read({**SOUND, "SIGN_IN_ISSUER_URL": "http://127.0.0.1:1"})
    assert env.read(SOUND).sign_in.issuer_url == ""


@pytest.mark.parametrize("name", ["APPLE_TEAM_ID", "APPLE_KEY_ID", "APPLE_PRIVATE_KEY"])
def test_half_a_provider_is_refused(name):
    apple = {f"APPLE_{part}": "x" for part in ("CLIENT_ID", "TEAM_ID", "KEY_ID", "PRIVATE_KEY")}
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read({**SOUND, **apple, name: ""})
