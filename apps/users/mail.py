"""Mail leaves outside the request that caused it: a row now, a worker soon.

A request that spoke to the mail server would tell by its time whether an address is known, and
would hang with it. The row is committed with what it tells of, and a sweep finds it whatever became
of the broker. A mail goes out at least once: a worker that dies after the server took it sends it
again.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from apps.users.models import Mail

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=2)
"""By then the keys in most mails have run out."""


class QueuedBackend(BaseEmailBackend):
    """The project's `EMAIL_BACKEND`: keeps each message as a row; `MAIL_BACKEND` sends it later."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep them all; a message with attachments is refused, for there is none."""
        mails = [Mail(message=_as_json(message)) for message in email_messages]
        return len(Mail.objects.bulk_create(mails))


def send_due(*, seconds: float = 30) -> int:
    """Send what is due, oldest first, for about so long; gives how many went out."""
    sent, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        outcome = _send_next()
        if outcome is None:
            break
        sent += outcome
    return sent


@transaction.atomic
def _send_next() -> bool | None:
    """Whether the next due mail went out; None when there is none."""
    due = Mail.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "id")
    mail = due.select_for_update(skip_locked=True).first()
    if mail is None:
        return None
    try:
        connection = get_connection(settings.MAIL_BACKEND)  # type: ignore[misc]
        EmailMultiAlternatives(**mail.message, connection=connection).send()
    except Exception as error:  # noqa: BLE001 - whatever the server says, the mail is not lost
        _postpone(mail, error)
        return False
    mail.delete()
    return True


def _postpone(mail: Mail, error: Exception) -> None:
    if mail.created_at < timezone.now() - GIVE_UP_AFTER:
        logger.error("Mail %s given up: %s.", mail.pk, type(error).__name__)
        mail.delete()
        return
    mail.attempts += 1
    pause = min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE)
    mail.due_at = timezone.now() + pause
    mail.save(update_fields=["attempts", "due_at"])
    logger.warning("Mail %s waits %s: %s.", mail.pk, pause, type(error).__name__)


def _as_json(message: EmailMessage) -> dict[str, object]:
    if message.attachments or message.cc or message.bcc:
        raise ValueError("Mail here has recipients in To alone, and no attachments.")
    alternatives = getattr(message, "alternatives", None) or []
    return {
        "subject": str(message.subject),
        "body": str(message.body),
        "from_email": message.from_email,
        "to": list(message.to),
        "headers": dict(message.extra_headers),
        "alternatives": [list(alternative) for alternative in alternatives],
    }
