"""Leaving: asked for, taken back by signing in, or carried out after the days of grace."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.movies.models import Rating
from apps.movies.topics import RATING
from apps.outbox.actions import publish, publish_many
from apps.privacy.models import Departure
from apps.users import security
from apps.users.models import Follow, User
from apps.users.topics import FOLLOW, MEMBER

SUBJECT = "[Cinemesh] You are leaving Cinemesh"
LETTER = """\
Your Cinemesh account {username} is closed: nobody sees it any more, and every login has been ended.

On {due:%Y-%m-%d %H:%M} UTC all that is stored of you will be erased, and you get a receipt.
Until then signing in, as you always did, takes this back.
"""


@transaction.atomic
def leave(*, user: User) -> Departure:
    """Close a member's account now, and have it erased after the days of grace.

    Their tokens and sessions end with this transaction, and others see nothing of them. Again
    changes nothing.
    """
    member = User.objects.select_for_update().get(pk=user.pk)
    due_at = timezone.now() + timedelta(days=settings.LEAVING_DAYS)  # type: ignore[misc]
    departure, is_new = Departure.objects.get_or_create(
        member_id=member.pk, defaults={"email": member.email, "due_at": due_at}
    )
    if is_new:
        member.is_active = False
        member.save(update_fields=["is_active"])
        for session in UserSession.objects.filter(user=member):
            session.end()
        publish(MEMBER, member.pk)
        security.record(security.Kind.LEFT, user=member)
        letter = LETTER.format(username=member.username, due=due_at)
        send_mail(SUBJECT, letter, None, [member.email])
    return departure


def is_leaving(user: User) -> bool:
    """Whether this member has left and may come back."""
    return Departure.objects.filter(member_id=user.pk, erased_at=None).exists()


@transaction.atomic
def come_back(*, user: User) -> bool:
    """Open a member's account again, with all that was theirs; False when it is too late."""
    deleted, _ = Departure.objects.filter(member_id=user.pk, erased_at=None).delete()
    if not deleted:
        return False
    user.is_active = True
    user.save(update_fields=["is_active"])
    publish(MEMBER, user.pk)
    follows = Follow.objects.filter(Q(follower=user) | Q(followee=user))
    publish_many(FOLLOW, follows.values_list("follower_id", "followee_id"))
    ratings = Rating.objects.filter(user=user)
    publish_many(RATING, ratings.values_list("user_id", "movie_id"))
    return True
