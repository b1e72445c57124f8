"""Wrong passwords make one wait; nobody can lock an account's owner out."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import connections
from django.test import Client, RequestFactory

from apps.users.signin.lockout import APP, BY_ADDRESS
from config.settings.base import SIGN_IN_LIMITS
from tests.apps.users.sessions import PASSWORD, call, key_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db
EMAIL, OTHER = "ana@example.com", "ben@example.com"
HOME, AWAY = "192.0.2.1", "198.51.100.1"
WRONG, NEW_PASSWORD = "not-it-at-all", "another-horse-battery"


@pytest.fixture(autouse=True)
def limits(settings, monkeypatch):
    """The limits that production has, with nothing counted yet.

    The cache raises here where it would let everybody in: it has tests of that of its own, and a
    busy machine must not look like a guess too many.
    """
    monkeypatch.setattr("apps.common.cache._or", lambda work, otherwise: work())
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = dict(SIGN_IN_LIMITS)
    yield settings.ACCOUNT_RATE_LIMITS
    cache.clear()


@pytest.fixture(autouse=True)
def ana():
    """A member who has signed in at home."""
    member = make_user("ana")
    member.set_password(PASSWORD)
    member.save()
    EmailAddress.objects.create(user=member, email=EMAIL, verified=True, primary=True)
    assert log_in(HOME) == "signed in"
    return member


def log_in(address, password=PASSWORD, *, email=EMAIL):
    """How an attempt from an address ends."""
    body = {"email": email, "password": password}
    answer = Client(REMOTE_ADDR=address).post(
        "/_allauth/app/v1/auth/login", body, "application/json"
    )
    if answer.status_code == 200:
        return "signed in"
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    return error["code"]


def fail(address, times=1, **options):
    return [log_in(address, WRONG, **options) for _ in range(times)]


def reset_at(place, mailoutbox):
    """The member sets a new password by mail."""
    assert call("/auth/password/request", {"email": EMAIL}).status_code == 200
    body = {"key": key_in(mailoutbox[-1]), "password": NEW_PASSWORD}
    answer = Client(REMOTE_ADDR=place).post(
        "/_allauth/app/v1/auth/password/reset", body, "application/json"
    )
    assert answer.status_code == 401


def address(number):
    """One of many, each in a network of its own."""
    return f"203.{number}.113.5"


REFUSED, WAIT = "email_password_mismatch", "too_many_login_attempts"


def test_who_fails_too_often_waits_even_with_the_right_password():
    assert fail(AWAY, 6) == [REFUSED] * 5 + [WAIT]
    assert log_in(AWAY) == WAIT


def test_nobody_else_waits_for_that():
    fail(AWAY, 8)
    assert log_in(HOME) == "signed in"
    assert log_in("198.51.100.2") == "signed in"


def test_who_fails_at_home_can_still_come_from_elsewhere():
    fail(HOME, 8)
    assert log_in(HOME) == WAIT
    assert log_in(AWAY) == "signed in"


def test_an_address_that_tries_many_accounts_waits():
    answers = [log_in(AWAY, WRONG, email=f"member-{number}@example.com") for number in range(11)]
    assert answers == [REFUSED] * 10 + [WAIT]


def test_an_address_has_500_guesses_in_a_day(limits):
    per_day = SIGN_IN_LIMITS["password_by_address"].partition(",")[2]
    limits["password_by_address"] = per_day
    [rate] = ratelimit.parse_rates(per_day)
    asked = RequestFactory(REMOTE_ADDR=AWAY).post("/")
    key = ratelimit.get_cache_key(asked, app=APP, action=BY_ADDRESS, rate=rate)
    cache.set(key, [time.time()] * 498, rate.duration)
    assert fail(AWAY, 3) == [REFUSED] * 2 + [WAIT]


def test_what_is_refused_unread_uses_up_nothing_of_others_behind_the_address():
    assert fail(AWAY, 12) == [REFUSED] * 5 + [WAIT] * 7
    assert log_in(AWAY, WRONG, email=OTHER) == REFUSED


def test_of_ipv6_a_whole_64_is_one_address():
    answers = [log_in(f"2001:db8::{number}", WRONG) for number in range(1, 7)]
    assert answers == [REFUSED] * 5 + [WAIT]
    assert log_in("2001:db8:0:1::1") == "signed in"


def test_no_other_spelling_of_an_address_gives_new_guesses():
    answers = [log_in(AWAY, WRONG, email=email) for email in (EMAIL, "ANA@example.com") * 3]
    assert answers == [REFUSED] * 5 + [WAIT]


def test_in_a_day_twenty_guesses_from_one_address(limits):
    limits["password_by_address"], limits["password_by_account"] = "30/m/ip", "20/d/key"
    assert fail(AWAY, 21) == [REFUSED] * 20 + [WAIT]


def test_many_addresses_together_do_not_guess_at_one_account():
    assert [log_in(address(number), WRONG) for number in range(11)] == [REFUSED] * 10 + [WAIT]
    assert log_in(address(12)) == WAIT
    assert log_in(address(12), email=OTHER) == REFUSED


def test_meanwhile_its_owner_gets_in_from_where_they_were_before():
    for number in range(11):
        log_in(address(number), WRONG)
    assert log_in(HOME) == "signed in"
    assert log_in("192.0.2.200") == "signed in"


def test_meanwhile_a_reset_lets_its_owner_in_from_anywhere(mailoutbox):
    for number in range(11):
        log_in(address(number), WRONG)
    fail(AWAY, 6)
    assert log_in(AWAY) == WAIT
    reset_at(AWAY, mailoutbox)
    assert log_in(AWAY, NEW_PASSWORD) == "signed in"


def test_a_reset_buys_an_address_no_new_guesses_elsewhere(mailoutbox):
    for number in range(10):
        log_in(AWAY, WRONG, email=f"member-{number}@example.com")
    reset_at(AWAY, mailoutbox)
    assert log_in(AWAY, WRONG, email="member-10@example.com") == WAIT


def test_right_passwords_count_nothing():
    for number in range(15):
        assert log_in(address(number)) == "signed in"
    assert [log_in(AWAY) for _ in range(8)] == ["signed in"] * 8
    assert log_in("198.51.99.1") == "signed in"


def test_a_right_password_buys_no_new_guesses():
    fail(AWAY, 4)
    assert log_in(AWAY) == "signed in"
    assert fail(AWAY, 2) == [REFUSED, WAIT]


def test_an_address_without_an_account_is_told_no_different():
    known = [log_in(address(number), WRONG) for number in range(12)]
    cache.clear()
    assert [log_in(address(number), WRONG, email=OTHER) for number in range(12)] == known


@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_counted_one_by_one():
    def guess(number):
        try:
            return log_in(address(number), WRONG)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(24)))
    assert answers.count(REFUSED) <= 10
    assert answers.count(REFUSED) + answers.count(WAIT) == 24
