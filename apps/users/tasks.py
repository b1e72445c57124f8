"""Celery's part: it sends what waits. It decides nothing."""

from celery import shared_task

from apps.users import mail


@shared_task
def send_mail() -> int:
    """Send the mail that is due. By hand: `manage.py send_mail`."""
    return mail.send_due()
