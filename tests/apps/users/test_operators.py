"""The admin's door: a second factor, asked for or set up; and one machine where nobody is asked."""

import html
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.test import Client

from apps.users.actions import create_user
from apps.users.models import SecurityEvent
from apps.users.operators import NOTICE
from config import env
from config.settings import base
from config.settings.base import SIGN_IN_LIMITS
from tests.apps.users.sessions import PASSWORD, totp_of
from tests.architecture.test_environment import SOUND
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
EMAIL = "boss@example.com"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def door(settings):
    """As in production."""
    settings.ADMIN_SECOND_FACTOR = True


@pytest.fixture
def boss():
    """An operator without a second factor."""
    return create_user(
        email=EMAIL, password=PASSWORD, is_staff=True, is_superuser=True, is_verified=True
    )


@pytest.fixture
def protected(boss):
    """An operator with an authenticator app and recovery codes."""
    TOTP.activate(boss, SECRET)
    RecoveryCodes.activate(boss)
    return boss


def sign_in(browser, code="", *, password=PASSWORD, email=EMAIL):
    form = {"username": email, "password": password, "code": code, "next": "/admin/"}
    return browser.post("/admin/login/", form)


def is_in(browser):
    answer = browser.get("/admin/")
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def test_production_always_asks():
    assert base.settings(env.read(SOUND))["ADMIN_SECOND_FACTOR"] is True


def test_with_the_code_an_operator_is_in(protected):
    browser = Client()
    assert sign_in(browser, totp_of(SECRET)).status_code == 302
    assert is_in(browser)
    assert browser.get("/admin/login/").url == "/admin/"
    assert NOTICE not in browser.get("/admin/").content.decode()
    assert UserSession.objects.get().user == protected
    assert SecurityEvent.objects.get().detail == "totp"


def test_a_recovery_code_opens_once(protected):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    sign_in(first, code)
    sign_in(second, code)
    assert (is_in(first), is_in(second)) == (True, False)


@pytest.mark.parametrize("code", ["", "000000", "nonsense"])
def test_a_password_alone_opens_nothing(protected, code):
    browser = Client()
    answer = sign_in(browser, code)
    assert answer.status_code == 200
    assert answer.context["form"].errors["code"]
    assert not is_in(browser)
    assert browser.get("/admin/users/user/").status_code == 302


def test_a_session_without_the_factor_is_asked_to_sign_in(protected):
    browser = Client()
    browser.force_login(protected)
    answer = browser.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert answer.status_code == 200
    assert browser.get("/admin/second-factor/").url == "/admin/"


def test_a_wrong_password_or_a_member_is_refused(boss):
    make_user("ana")
    for email, password in ((EMAIL, "not-it-at-all"), ("ana@example.com", "s3cret-pw"), ("", "")):
        browser = Client()
        answer = sign_in(browser, email=email, password=password)
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert not is_in(browser)


def test_attempts_are_limited_as_everywhere(boss, settings):
    settings.ACCOUNT_RATE_LIMITS = SIGN_IN_LIMITS
    for _ in range(5):
        sign_in(Client(), password="not-it-at-all")
    browser = Client()
    assert "Too many" in sign_in(browser).content.decode()
    assert not is_in(browser)
    assert SecurityEvent.objects.filter(kind="sign_in_failed").count() == 5


@pytest.mark.django_db(transaction=True)
def test_without_a_factor_an_operator_sets_one_up_and_is_in(boss, mailoutbox):
    browser = Client()
    answer = browser.post(
        "/admin/login/",
        {"username": EMAIL, "password": PASSWORD, "next": "/admin/users/user/"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == "/admin/second-factor/"
    page = answer.content.decode()
    assert "data:image/svg+xml;base64," in page
    secret = re.search(r"<code>(\w+)</code>", page)[1]
    wrong = browser.post("/admin/second-factor/", {"code": "000000"})
    assert wrong.status_code == 400
    assert secret in wrong.content.decode()
    assert not is_in(browser)
    answer = browser.post("/admin/second-factor/", {"code": totp_of(secret)})
    codes = re.findall(r"<li><code>(\w+)</code>", html.unescape(answer.content.decode()))
    assert len(codes) == 10
    assert is_in(browser)
    assert mailoutbox[-1].to == [EMAIL]
    again = Client()
    sign_in(again, codes[0])
    assert is_in(again)


def test_an_old_session_gives_its_password_again_before_it_sets_one_up(boss):
    browser = Client()
    browser.force_login(boss)
    answer = browser.get("/admin/second-factor/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_someone_else_signs_in_in_the_same_browser(protected):
    browser = Client()
    browser.force_login(make_user("ana"))
    sign_in(browser, totp_of(SECRET))
    assert is_in(browser)


def test_members_get_neither_the_admin_nor_its_set_up():
    browser = Client()
    browser.force_login(make_user("ana"))
    for path in ("/admin/", "/admin/second-factor/"):
        assert browser.get(path, follow=True).redirect_chain[-1][0].startswith("/admin/login/")


def test_on_one_machine_nobody_is_asked_and_every_page_says_so(boss, settings):
    settings.ADMIN_SECOND_FACTOR = False
    browser = Client()
    sign_in(browser)
    for path in ("/admin/", "/admin/users/user/"):
        assert NOTICE in browser.get(path).content.decode()


def test_there_too_a_factor_that_exists_is_asked_for(protected, settings):
    settings.ADMIN_SECOND_FACTOR = False
    browser = Client()
    sign_in(browser)
    assert not is_in(browser)
    sign_in(browser, totp_of(SECRET))
    assert is_in(browser)
