"""Celery's part: it sends what waits. It decides nothing."""

from celery import shared_task

from apps.users import actions, mail, security


@shared_task
def send_mail() -> int:
    """Send the mail that is due. By hand: `manage.py send_mail`."""
    return mail.send_due()


@shared_task
def forget_answers() -> int:
    """Delete kept answers of POSTs after a day. By hand: `manage.py forget_answers`."""
    return actions.forget_answers()


@shared_task
def purge_security_events() -> int:
    """Delete events past their time, every night. By hand: `manage.py purge_security_events`."""
    return security.purge()
