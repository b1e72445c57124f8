"""The links of mails, followed in a browser by someone whose app has no pages of its own."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tests.apps.users.sessions import PASSWORD, log_in, make_account, refresh, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
EMAIL = "ana@example.com"
NEW_PASSWORD = "another-horse-battery"


def link_in(mail) -> str:
    """The path of the first link."""
    return re.search(r"^https?://[^/]+(/account/\S+)$", str(mail.body), flags=re.M)[1]


def press(browser, path, **fields):
    """Open a page and press its button, as a browser does: with the cookie and the hidden token."""
    page = browser.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    return browser.post(path, {"csrfmiddlewaretoken": token, **fields})


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def test_the_link_of_a_sign_up_confirms_the_address(browser, mailoutbox):
    sign_up(EMAIL)
    path = link_in(mailoutbox[-1])
    page = press(browser, path)
    assert page.status_code == 200
    assert "Your address is confirmed" in page.content.decode()
    assert "access_token" in log_in(EMAIL).json()["meta"]
    assert browser.get(path).status_code == 400


def test_opening_the_link_alone_confirms_nothing(browser, mailoutbox):
    sign_up(EMAIL)
    page = browser.get(link_in(mailoutbox[-1]))
    assert EMAIL in page.content.decode()
    assert not EmailAddress.objects.get(email=EMAIL).verified


def test_another_site_cannot_press_the_button(browser, mailoutbox):
    sign_up(EMAIL)
    assert browser.post(link_in(mailoutbox[-1])).status_code == 403
    assert not EmailAddress.objects.get(email=EMAIL).verified


def test_the_link_of_a_reset_sets_the_password_once(browser, mailoutbox):
    tokens = make_account(EMAIL, mailoutbox)
    answer = press(browser, "/account/password/reset", email=EMAIL)
    assert "a mail is on its way" in answer.content.decode()
    path = link_in(mailoutbox[-1])

    assert press(browser, path, password="short").status_code == 400
    assert log_in(EMAIL, "short").status_code == 400
    page = press(browser, path, password=NEW_PASSWORD)
    assert "Your password is set" in page.content.decode()
    assert "access_token" in log_in(EMAIL, NEW_PASSWORD).json()["meta"]
    assert log_in(EMAIL, PASSWORD).status_code == 400
    assert refresh(tokens["refresh_token"]).status_code >= 400
    assert browser.get(path).status_code == 400


def test_asking_for_a_reset_tells_nobody_who_has_an_account(browser, mailoutbox):
    make_account(EMAIL, mailoutbox)
    known = press(browser, "/account/password/reset", email=EMAIL)
    unknown = press(browser, "/account/password/reset", email="nobody@example.com")
    assert known.content == unknown.content
    assert press(browser, "/account/password/reset", email="no address").status_code == 400


@pytest.mark.parametrize(
    "path", ["verify-email/Mw:1xVlPW:none", "password/reset/key/3-none", "password/reset/key/none"]
)
def test_a_key_that_is_none_is_told_and_tells_nothing(browser, path):
    page = browser.get(f"/account/{path}")
    assert page.status_code == 400
    assert "This link has run out" in page.content.decode()


@pytest.mark.parametrize("path", ["signup", "provider/error", "password/reset"])
def test_pages_keep_to_the_content_security_policy(browser, path):
    text = browser.get(f"/account/{path}").content.decode()
    assert "<script" not in text
    assert "<style" not in text
    assert "style=" not in text


def test_a_site_of_ones_own_may_take_the_links_over(mailoutbox, settings):
    settings.HEADLESS_FRONTEND_URLS = {
        "account_confirm_email": "https://films.example.org/account/verify-email/{key}"
    }
    sign_up(EMAIL)
    assert "https://films.example.org/account/verify-email/" in str(mailoutbox[-1].body)
