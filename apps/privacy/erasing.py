"""Erasure: Postgres and files in one transaction, the other stores by the messages it publishes.

The receipt goes out when the last of those messages is done, and the address with it.
"""

import json
import logging
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.movies.actions import delete_member
from apps.movies.models import LIKE, Rating
from apps.outbox.models import Decision, Message
from apps.outbox.topics import all_topics
from apps.privacy import exports
from apps.privacy.models import Departure
from apps.users.avatars import remove_files
from apps.users.models import Follow, Mail, User
from apps.users.signin import apple

logger = logging.getLogger(__name__)

PAUSE, MAX_ATTEMPTS = timedelta(hours=1), 24
"""For a day Apple may be away; then the erasure waits no longer, and the receipt says so."""

PEOPLE = {"user_id", "follower_id", "followee_id"}
"""The parts of messages' keys that are members."""

FORGET_EXAMPLES = """
UPDATE consistency_run SET report = report - 'kinds'
WHERE EXISTS (
    SELECT FROM jsonb_path_query(report, '$.kinds[*].examples[*].key') AS example (key)
    WHERE %s = ANY (string_to_array(example.key #>> '{}', ':'))
)
"""
"""Reports of the checker, some of whose examples may have named the member."""

FORGET_REQUESTER = "UPDATE consistency_run SET requested_by = 'a member' WHERE requested_by = %s"

SUBJECT = "[Cinemesh] All that was stored of you is erased"
LETTER = """\
All that Cinemesh stored of you has been erased from every store, your address last, with this mail.
Backups hold it until they run out. This is your receipt; with its number an operator can have
every store searched for what should not be there.

{receipt}
"""


def erase_due() -> int:
    """Erase whoever's days of grace are over; gives how many."""
    erased = 0
    due = Departure.objects.filter(erased_at=None, due_at__lte=timezone.now()).order_by("due_at")
    for departure in due:
        try:
            erased += _may_go(departure) and _erase(departure)
        except Exception:
            logger.exception("Departure %s is not carried out.", departure.pk)
            _postpone(departure)
    return erased


def send_receipts() -> int:
    """Send the receipt to whom every store has forgotten; gives how many went."""
    sent = 0
    for departure in Departure.objects.filter(erased_at__isnull=False, receipted_at=None):
        if not Message.objects.filter(_about(departure.member_id)).exists():
            sent += _send_receipt(departure)
    return sent


def receipt_of(departure: Departure) -> dict[str, Any]:
    """What a member has in hand of their erasure."""
    return {
        "receipt": str(departure.pk),
        "member": departure.member_id,
        "asked_at": departure.asked_at.isoformat(),
        "erased_at": departure.erased_at and departure.erased_at.isoformat(),
        "removed": departure.removed,
    }


def _may_go(departure: Departure) -> bool:
    """Whether nothing of the member is left at Apple, which is told outside any transaction."""
    user = User.objects.filter(pk=departure.member_id).first()
    if user is None or apple.revoke_consent(user=user):
        return True
    if departure.attempts >= MAX_ATTEMPTS:
        departure.removed = {"not_revoked": ["apple"]}
        return True
    _postpone(departure)
    return False


@transaction.atomic
def _erase(departure: Departure) -> bool:
    """False for a member who has just come back."""
    if not Departure.objects.select_for_update().filter(pk=departure.pk, erased_at=None).exists():
        return False
    member = User.objects.select_for_update().filter(pk=departure.member_id).first()
    if member is not None:
        departure.removed |= _remove(member)
    departure.erased_at = timezone.now()
    departure.save(update_fields=["erased_at", "removed"])
    logger.info("Member %d is erased, receipt %s.", departure.member_id, departure.pk)
    return True


def _remove(member: User) -> dict[str, Any]:
    """Remove all that leads to a member and all that names them; gives what it was, by store."""
    rated = Rating.objects.filter(user=member)
    followed = Follow.objects.filter(Q(follower=member) | Q(followee=member))
    removed: dict[str, Any] = {
        "graph": {
            "members": 1,
            "follows": followed.filter(state=Follow.State.ACCEPTED).count(),
            "likes": rated.filter(half_stars__gte=LIKE, learn=True).count(),
        },
        "vectors": {"tastes": int(rated.filter(learn=True).exists())},
        "timelines": {"timelines": 1, "entries": rated.count() + followed.count()},
        "files": [*remove_files(member.avatar), *exports.remove_of(member)],
    }
    mentions = _remove_mentions(member)
    return removed | {"postgres": dict(delete_member(user=member)) | mentions}


def _remove_mentions(member: User) -> dict[str, int]:
    """What names a member without leading to them."""
    addresses = EmailAddress.objects.filter(user=member).values_list("email", flat=True)
    written = Q()
    for address in {member.email, *addresses}:
        written |= Q(message__to__contains=[address])
    about = Q(content_type__app_label="users", content_type__model="user", object_id=member.pk)
    with connection.cursor() as cursor:
        cursor.execute(FORGET_EXAMPLES, [str(member.pk)])
        cursor.execute(FORGET_REQUESTER, [f"member {member.pk}"])
    return {
        "users.Mail": Mail.objects.filter(written).delete()[0],
        "admin.LogEntry about them": LogEntry.objects.filter(about).delete()[0],
        "outbox.Decision": Decision.objects.filter(_about(member.pk)).delete()[0],
    }


@transaction.atomic
def _send_receipt(departure: Departure) -> bool:
    rows = Departure.objects.filter(pk=departure.pk, receipted_at=None)
    if not rows.update(receipted_at=timezone.now(), email=""):
        return False
    receipt = json.dumps(receipt_of(departure), indent=2)
    send_mail(SUBJECT, LETTER.format(receipt=receipt), None, [departure.email])
    return True


def _about(member_id: int) -> Q:
    """Messages, and decisions, whose key names the member."""
    found = Q()
    for topic in all_topics():
        for place, part in enumerate(topic.key):
            if part in PEOPLE:
                parts = ["[0-9]+"] * len(topic.key)
                parts[place] = str(member_id)
                found |= Q(topic=topic.name, key__regex=f"^{':'.join(parts)}$")
    return found


def _postpone(departure: Departure) -> None:
    Departure.objects.filter(pk=departure.pk).update(
        attempts=F("attempts") + 1, due_at=timezone.now() + PAUSE
    )
