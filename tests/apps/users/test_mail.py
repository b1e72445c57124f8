"""Mail: kept with what it tells of, sent later, never lost and never in a request's way."""

import socket
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.users import mail
from apps.users.models import Mail
from tests.apps.users.sessions import call, key_in, sign_up, verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _queued(settings):
    """Mail as the product has it; the test's own outbox is the server."""
    settings.MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_BACKEND = "apps.users.mail.QueuedBackend"


@pytest.fixture
def silent_server(settings):
    """A mail server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.EMAIL_TIMEOUT = 0.3
        yield server


def test_a_mail_waits_as_a_row_and_is_gone_when_it_is_sent(mailoutbox):
    sign_up("later@example.com", username="later-on")
    assert mailoutbox == []
    assert Mail.objects.count() == 1
    assert mail.send_due() == 1
    [message] = mailoutbox
    assert message.to == ["later@example.com"]
    assert message.subject == "[Cinemesh] Confirm your e-mail address"
    assert verify(message).status_code == 401
    assert key_in(message)
    assert not Mail.objects.exists()


def test_the_command_sends_what_is_due(mailoutbox, capsys):
    sign_up("one@example.com")
    sign_up("two@example.com")
    call_command("send_mail")
    assert "2 sent" in capsys.readouterr().out
    assert [message.to for message in mailoutbox] == [["one@example.com"], ["two@example.com"]]


def test_a_silent_server_is_in_no_requests_way(silent_server):
    assert sign_up("quick@example.com").status_code == 401
    assert sign_up("quick@example.com").status_code == 401
    for known in ("quick@example.com", "nobody@example.com"):
        assert call("/auth/password/request", {"email": known}).status_code == 200
    assert Mail.objects.count() == 4
    silent_server.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent_server.accept()


def test_what_a_server_does_not_take_is_sent_later(silent_server, settings, mailoutbox):
    sign_up("patient@example.com")
    assert mail.send_due() == 0
    [waiting] = Mail.objects.all()
    assert waiting.attempts == 1
    assert waiting.due_at > timezone.now()
    assert mail.send_due() == 0
    settings.MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Mail.objects.update(due_at=timezone.now())
    assert mail.send_due() == 1
    assert [message.to for message in mailoutbox] == [["patient@example.com"]]


def test_a_mail_that_nobody_took_for_two_days_is_given_up(silent_server, caplog):
    sign_up("hopeless@example.com")
    Mail.objects.update(created_at=timezone.now() - mail.GIVE_UP_AFTER - timedelta(minutes=1))
    assert mail.send_due() == 0
    assert not Mail.objects.exists()
    assert "given up" in caplog.text
    assert "hopeless" not in caplog.text
