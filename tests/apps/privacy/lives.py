"""What two members have done: something in every table and every store."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from apps.feeds.models import Hub, Seen
from apps.feeds.rebuild import rebuild_timeline
from apps.movies.actions import rate_movie
from apps.movies.models import Movie, MovieTag
from apps.privacy import exports
from apps.recommendations.models import Dismissal, OnboardingPick, Reaction, ShownSlate
from apps.users.actions import follow_user
from apps.users.avatars import set_avatar
from apps.users.models import Block, KeptAnswer, Mute, SecurityEvent, Unsuggested, User
from tests.apps.users.hostile import picture
from tests.factories import make_movie, make_user


class Pair(NamedTuple):
    """They follow each other, and both like the film."""

    ana: User
    ben: User
    film: Movie


def ana_and_ben(drain: Callable[[], int]) -> Pair:
    """Both are in every store, each in the other's timeline."""
    ana, ben, film = make_user("ana"), make_user("ben"), make_movie("Heat")
    for one, other in ((ana, ben), (ben, ana)):
        follow_user(follower=one, followee=other)
        rate_movie(user=one, movie=film, half_stars=9)
    follow_user(follower=make_user("carl"), followee=ana)
    drain()
    for member in (ana, ben):
        assert rebuild_timeline(member.pk)
    return Pair(ana, ben, film)


def live(pair: Pair) -> None:
    """Give Ana a row in every other table, and files."""
    ana, ben, film = pair
    ana.groups.add(Group.objects.create(name="curators"))
    ana.user_permissions.add(Permission.objects.all()[0])
    address = EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    EmailConfirmation.create(address)
    identity = SocialAccount.objects.create(user=ana, provider="google", uid="subject-1")
    SocialToken.objects.create(account=identity, token="", token_secret="")
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "hush"})
    UserSession.objects.create(user=ana, ip="192.0.2.1", user_agent="Films/1", session_key="k" * 32)
    for operator, subject in ((ana, ben), (ben, ana)):
        LogEntry.objects.create(
            user=operator,
            content_type=ContentType.objects.get_for_model(User),
            object_id=str(subject.pk),
            object_repr=subject.username,
            action_flag=CHANGE,
        )
        Block.objects.create(blocker=operator, blocked=make_user())
        Block.objects.create(blocker=make_user(), blocked=operator)
        Mute.objects.create(muter=operator, muted=make_user())
        Mute.objects.create(muter=make_user(), muted=operator)
        Unsuggested.objects.create(member=operator, other=make_user())
        Unsuggested.objects.create(member=make_user(), other=operator)
        SecurityEvent.objects.create(user=operator, actor=subject, kind="operator_acted")
    KeptAnswer.objects.create(
        user=ana, key="one", asked="", status=200, headers={}, body=b"", kept_at=timezone.now()
    )
    MovieTag.objects.create(user=ana, movie=film, tag="heist")
    Dismissal.objects.create(user=ana, movie=film)
    OnboardingPick.objects.create(user=ana, movie=film, liked=True)
    slate = ShownSlate.objects.create(id=uuid4(), user=ana, films=[[film.pk, {"content": 1.0}]])
    Reaction.objects.create(slate=slate, movie=film, kind="click")
    Seen.objects.create(user=ana, seen_at=timezone.now() - timedelta(days=1))
    Hub.objects.create(user=ana)
    set_avatar(user=ana, content=picture("JPEG"))
    exports.request_export(user=ana)
