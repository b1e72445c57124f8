"""`DELETE me/`: closed at once, for days to be taken back by signing in."""

import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.consistency.kinds import all_kinds
from apps.consistency.owners import Owners
from apps.privacy import erasing
from apps.privacy.models import Departure
from apps.users.models import User
from tests.apps.users.redirects import redeem, sign_in, with_token
from tests.apps.users.sessions import (
    PASSWORD,
    ask_again,
    authorization,
    bearer,
    call,
    let_time_pass,
    log_in,
    make_account,
    refresh,
    second_step,
    totp_of,
)
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

ME = "/api/v1/me/"
EMAIL = "ana@example.com"


@pytest.fixture
def ana(mailoutbox):
    """Her tokens."""
    return make_account(EMAIL, mailoutbox, username="ana-leaves")


def leave(meta):
    answer = bearer(meta["access_token"]).delete(ME)
    assert answer.status_code == 202, answer.content
    return answer


def is_alive(meta):
    status = bearer(meta["access_token"]).get(ME).status_code
    assert status in {200, 401}
    return status == 200


def test_says_when_and_by_which_receipt(ana, mailoutbox, settings):
    answer = leave(ana)
    departure = Departure.objects.get()
    days = timezone.now() + timedelta(days=settings.LEAVING_DAYS)
    assert answer.json()["receipt"] == str(departure.pk)
    assert abs(departure.due_at - days) < timedelta(minutes=1)
    assert answer.headers["Sync-Token"]
    assert mailoutbox[-1].to == [EMAIL]
    assert f"{departure.due_at:%Y-%m-%d %H:%M} UTC" in mailoutbox[-1].body


def test_every_token_and_session_ends_within_a_second(ana, mailoutbox):
    other = log_in(EMAIL).json()["meta"]
    start = time.monotonic()
    leave(ana)
    for meta in (ana, other):
        assert not is_alive(meta)
        assert refresh(meta["refresh_token"]).status_code == 400
        session = call("/auth/session", method="GET", **authorization(meta))
        assert session.status_code in {401, 410}
    assert time.monotonic() - start < 1
    assert bearer(ana["access_token"]).delete(ME).status_code == 401
    assert Departure.objects.count() == 1


def test_a_token_alone_is_not_enough(ana):
    let_time_pass()
    answer = bearer(ana["access_token"]).delete(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_again")
    assert "reauthenticate" in answer.json()["detail"]
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert not Departure.objects.exists()
    assert is_alive(ana)
    leave(ask_again(ana))


def test_nor_is_a_refreshed_one_but_a_new_login_is(ana):
    let_time_pass()
    later = refresh(ana["refresh_token"]).json()["data"]
    assert bearer(later["access_token"]).delete(ME).status_code == 401
    leave(log_in(EMAIL).json()["meta"])


def test_others_see_nothing_of_whoever_is_leaving(ana, client):
    assert client.get("/api/v1/users/ana-leaves/").status_code == 200
    leave(ana)
    assert client.get("/api/v1/users/ana-leaves/").status_code == 404


def test_signing_in_takes_it_back_and_opens_no_old_session(ana):
    leave(ana)
    meta = log_in(EMAIL).json()["meta"]
    assert is_alive(meta)
    assert not Departure.objects.exists()
    assert not is_alive(ana)
    assert refresh(ana["refresh_token"]).status_code == 400
    assert erasing.erase_due() == 0


def test_a_wrong_password_takes_nothing_back(ana):
    leave(ana)
    assert log_in(EMAIL, "not-the-password").status_code == 400
    assert Departure.objects.exists()


def test_a_password_alone_takes_nothing_back_where_there_is_a_second_factor(ana):
    path = "/account/authenticators/totp"
    ask_again(ana)
    secret = call(path, method="GET", **authorization(ana)).json()["meta"]["secret"]
    assert call(path, {"code": totp_of(secret)}, **authorization(ana)).status_code == 200
    leave(ana)
    answer = log_in(EMAIL)
    assert answer.status_code == 401
    assert Departure.objects.exists()
    assert not User.objects.get(email=EMAIL).is_active
    assert second_step(answer, totp_of(secret, 1)).status_code == 200
    assert not Departure.objects.exists()


@pytest.mark.parametrize("provider", ["google", "apple"])
def test_a_provider_takes_it_back_as_well(issuer, provider):
    issuer.person = {"sub": "subject-1", "email": "ana@gmail.com"}
    leave(with_token(issuer, provider).json()["meta"])
    assert is_alive(with_token(issuer, provider).json()["meta"])
    leave(with_token(issuer, provider).json()["meta"])
    again = redeem(sign_in(Client(), provider)["code"]).json()
    assert is_alive(again)
    assert not Departure.objects.exists()
    let_time_pass()
    assert bearer(again["access_token"]).delete(ME).status_code == 401
    leave(redeem(sign_in(Client(), provider)["code"]).json())


def test_the_demo_account_that_was_left_is_opened_by_its_sign_in_alone(ana):
    """Whoever woke it otherwise would have its tombstones stay, and it erased."""
    leave(ana)
    said = StringIO()
    new = f"{PASSWORD}-again"
    call_command("create_demo", email=EMAIL, username="demo", password=new, stdout=said)
    assert "closed until it signs in" in said.getvalue()
    assert not User.objects.get(email=EMAIL).is_active
    assert log_in(EMAIL, new).status_code == 200
    assert User.objects.get(email=EMAIL).is_active
    assert not Departure.objects.exists()


def test_whom_an_operator_deactivated_does_not_come_back(ana):
    User.objects.update(is_active=False)
    answer = log_in(EMAIL)
    assert answer.status_code == 401
    assert "access_token" not in answer.json()["meta"]
    assert not User.objects.get().is_active


def test_who_is_erased_does_not_come_back(ana, settings):
    leave(ana)
    Departure.objects.update(due_at=timezone.now())
    assert erasing.erase_due() == 1
    assert log_in(EMAIL).status_code == 400


def test_the_days_of_grace_are_kept(ana):
    leave(ana)
    soon = Departure.objects.get().due_at - timedelta(seconds=5)
    Departure.objects.update(due_at=soon)
    assert erasing.erase_due() == 0
    assert User.objects.filter(email=EMAIL).exists()


def test_every_store_has_again_what_it_had(pair, drain):
    """Gone with the departure, back with the return, and the checker finds nothing amiss."""
    ana = pair.ana
    ana.set_password("correct-horse-battery")
    ana.save()
    ana.emailaddress_set.create(email=ana.email, verified=True, primary=True)

    def held():
        """What the stores hold of them all, which is what Postgres says."""
        found = {}
        with all_kinds() as kinds:
            for kind in kinds:
                if kind.name in {"members", "follows", "likes", "taste vectors"}:
                    facts = [set(side(everyone)) for side in (kind.expected, kind.stored)]
                    assert facts[0] == facts[1], kind.name
                    found[kind.name] = len(facts[0])
        return found

    everyone = Owners(ana.pk, User.objects.order_by("-pk")[0].pk)
    before = held()
    leave(log_in(ana.email).json()["meta"])
    drain()
    assert before == {"members": 3, "follows": 3, "likes": 2, "taste vectors": 2}
    assert held() == {"members": 2, "follows": 0, "likes": 1, "taste vectors": 1}
    assert log_in(ana.email).status_code == 200
    drain()
    assert held() == before


def test_leaving_needs_someone(client):
    assert client.delete(ME).status_code == 401
    assert client.delete(ME, headers={"authorization": "Bearer nonsense"}).status_code == 401
    make_user()
    assert not Departure.objects.exists()


def test_an_operator_has_somebody_leave(capsys):
    member = make_user()
    call_command("privacy", "--leave", str(member.pk))
    assert capsys.readouterr().out == "0 exports made, 0 members erased, 0 files deleted.\n"
    assert Departure.objects.get().member_id == member.pk
    with pytest.raises(CommandError, match="no member"):
        call_command("privacy", "--leave", "1")
