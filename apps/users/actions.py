"""What people do to each other: one function per action, one transaction each."""

import secrets
from collections.abc import Callable, Sequence

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.outbox.actions import publish, publish_many
from apps.users import errors
from apps.users.models import (
    RESERVED_USERNAMES,
    USERNAME,
    Block,
    Follow,
    KeptAnswer,
    Mute,
    Unsuggested,
    User,
    Visibility,
)
from apps.users.selectors import is_username_taken
from apps.users.topics import FOLLOW, MEMBER

STANDING = """
SELECT member.visibility,
    EXISTS (SELECT 1 FROM users_block WHERE (blocker_id, blocked_id) = (member.id, %(viewer)s)),
    EXISTS (SELECT 1 FROM users_block WHERE (blocker_id, blocked_id) = (%(viewer)s, member.id))
FROM users_user AS member WHERE member.id = %(member)s AND member.is_active
FOR SHARE OF member
"""
"""Waits for a member who is just changing their profile: a request that a public profile never
answers would be left behind otherwise. Blocks cannot change while the pair is locked."""

PROFILE = (
    *("username", "username_changed", "display_name", "bio"),
    *("visibility", "ratings_visibility", "used_for_others"),
)


@transaction.atomic
def create_user(
    *,
    email: str,
    username: str = "",
    password: str | None = None,
    is_staff: bool = False,
    is_superuser: bool = False,
    is_verified: bool = False,
) -> User:
    """A new member. Without a username they get a neutral one that they may change once.

    Raises InvalidUsername, UsernameTaken or EmailTaken. Without a password nobody can sign in
    with one. `is_verified` says that the address is known to be theirs: no mail is needed.
    """
    user = User(email=email, username=username or neutral_username())
    user.is_staff, user.is_superuser = is_staff, is_superuser
    user.set_password(password)
    register_user(user=user)
    if is_verified:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def register_user(*, user: User) -> User:
    """Save a new member whose fields are set, and tell the stores."""
    user.username, user.email = valid_username(user.username), user.email.lower()
    _save_unique(user)
    publish(MEMBER, user.id)
    return user


def change_username(*, user: User, username: str) -> User:
    """Give a member another name, once. Raises UsernameAlreadyChanged."""
    return update_profile(user=user, username=username)


@transaction.atomic
def update_profile(
    *,
    user: User,
    display_name: str | None = None,
    bio: str | None = None,
    visibility: str | None = None,
    ratings_visibility: str | None = None,
    used_for_others: bool | None = None,
    username: str | None = None,
    guard: Callable[[User], None] | None = None,
) -> User:
    """Change what others see of a member; going public accepts the waiting requests.

    Without `used_for_others` no recommendation of anybody else stands on what they like.
    Another username can be given once: UsernameAlreadyChanged, InvalidUsername, UsernameTaken.
    `guard` is called with the member as they are now, locked, and may raise to stop the change.
    """
    # A lock beside which rows may name the member: whoever blocks them just now must not wait for
    # us while we wait for the request that the block deletes.
    member = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if guard is not None:
        guard(member)
    if username is not None:
        _rename(member, username)
    if visibility == Visibility.PUBLIC:
        _accept_all_requests(member)
    given = {
        "display_name": display_name,
        "bio": bio,
        "visibility": visibility,
        "ratings_visibility": ratings_visibility,
        "used_for_others": used_for_others,
    }
    for name, value in given.items():
        if value is not None:
            setattr(member, name, value)
    _save_unique(member, PROFILE)
    publish(MEMBER, member.id)
    return member


@transaction.atomic
def follow_user(*, follower: User, followee: User) -> Follow:
    """Follow someone; unless their profile is public, they are asked. Again changes nothing.

    Raises CannotFollowSelf, BlockedByYou, and UnknownUser when the other has blocked the follower.
    """
    if follower.pk == followee.pk:
        raise errors.CannotFollowSelf
    _lock_pair(follower.pk, followee.pk)
    state = _state_of_new(follower, followee)
    follow, created = Follow.objects.get_or_create(
        follower=follower, followee=followee, defaults={"state": state}
    )
    if created:
        publish(FOLLOW, follower.pk, followee.pk)
    return follow


@transaction.atomic
def unfollow_user(*, follower: User, followee: User) -> None:
    """No longer follow someone, or take the request back. Not following is no error."""
    _lock_pair(follower.pk, followee.pk)
    deleted, _ = Follow.objects.filter(follower=follower, followee=followee).delete()
    if deleted:
        publish(FOLLOW, follower.pk, followee.pk)


@transaction.atomic
def accept_follow(*, followee: User, follower: User) -> Follow:
    """Let someone follow who has asked to. A second call changes nothing.

    Raises NoFollowRequest when they have not asked, or took it back.
    """
    _lock_pair(follower.pk, followee.pk)
    follow = Follow.objects.filter(follower=follower, followee=followee).first()
    if follow is None:
        raise errors.NoFollowRequest
    if follow.state == Follow.State.REQUESTED:
        Follow.objects.filter(pk=follow.pk).update(state=Follow.State.ACCEPTED, since=Now())
        follow.refresh_from_db()
        publish(FOLLOW, follower.pk, followee.pk)
    return follow


@transaction.atomic
def decline_follow(*, followee: User, follower: User) -> None:
    """Refuse someone who has asked to follow; they may ask again. No request is no error."""
    _lock_pair(follower.pk, followee.pk)
    deleted, _ = Follow.objects.filter(
        follower=follower, followee=followee, state=Follow.State.REQUESTED
    ).delete()
    if deleted:
        publish(FOLLOW, follower.pk, followee.pk)


@transaction.atomic
def block_user(*, blocker: User, blocked: User) -> Block:
    """Become invisible to someone, and they to you; follows between the two end."""
    if blocker.pk == blocked.pk:
        raise errors.CannotBlockSelf
    _lock_pair(blocker.pk, blocked.pk)
    block, _ = Block.objects.get_or_create(blocker=blocker, blocked=blocked)
    Follow.objects.filter(
        Q(follower=blocker, followee=blocked) | Q(follower=blocked, followee=blocker)
    ).delete()
    publish_many(FOLLOW, [(blocker.pk, blocked.pk), (blocked.pk, blocker.pk)])
    return block


@transaction.atomic
def unblock_user(*, blocker: User, blocked: User) -> None:
    """Take a block back. Ended follows stay ended."""
    _lock_pair(blocker.pk, blocked.pk)
    Block.objects.filter(blocker=blocker, blocked=blocked).delete()


def mute_user(*, muter: User, muted: User) -> Mute:
    """Hear nothing of someone any more. No store is told: a mute binds when something is read."""
    if muter.pk == muted.pk:
        raise errors.CannotMuteSelf
    return Mute.objects.get_or_create(muter=muter, muted=muted)[0]


def unmute_user(*, muter: User, muted: User) -> None:
    """Hear of someone again. Not having muted them is no error."""
    Mute.objects.filter(muter=muter, muted=muted).delete()


def stop_suggesting(*, member: User, other: User) -> None:
    """Never suggest someone to a member again. A second call changes nothing."""
    Unsuggested.objects.get_or_create(member=member, other=other)


@transaction.atomic
def delete_user(*, user: User) -> dict[str, int]:
    """Remove a member with follows, blocks and mutes; gives how many rows of each model went.

    Call `movies.actions.delete_member` instead when they may have opinions.
    """
    follows = Follow.objects.filter(Q(follower=user) | Q(followee=user))
    publish_many(FOLLOW, follows.values_list("follower_id", "followee_id"))
    publish(MEMBER, user.pk)
    return user.delete()[1]


def forget_answers() -> int:
    """Delete answers to keys of POSTs that were kept for a day; gives how many."""
    too_old = timezone.now() - KeptAnswer.LIFE
    return KeptAnswer.objects.filter(kept_at__lt=too_old).delete()[0]


@transaction.atomic
def end_every_session() -> int:
    """Sign everyone out, tokens included, for each stands on a session; gives how many ended."""
    UserSession.objects.all().delete()
    ended, _ = Session.objects.all().delete()
    return ended


def valid_username(username: str) -> str:
    """The username in lower case; InvalidUsername when it has another shape or is reserved."""
    name = username.lower()
    if not USERNAME.match(name) or name in RESERVED_USERNAMES:
        raise errors.InvalidUsername(fields={"/username": errors.InvalidUsername.__doc__ or ""})
    return name


def neutral_username() -> str:
    """A name that says nothing about a person and that nobody has."""
    while is_username_taken(name := f"member-{secrets.token_hex(3)}"):
        pass
    return name


def _rename(member: User, username: str) -> None:
    name = valid_username(username)
    if name == member.username:
        return
    if member.username_changed:
        raise errors.UsernameAlreadyChanged(fields={"/username": "Cannot be changed again."})
    member.username, member.username_changed = name, True


def _save_unique(user: User, fields: Sequence[str] | None = None) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=fields)
    except IntegrityError as error:
        if "user_username_unique" in str(error):
            raise errors.UsernameTaken(fields={"/username": "Taken."}) from None
        if "users_user_email_key" in str(error):
            raise errors.EmailTaken(fields={"/email": "Taken."}) from None
        raise


def _state_of_new(follower: User, followee: User) -> Follow.State:
    """What a follow begins as; the pair is locked."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"viewer": follower.pk, "member": followee.pk})
        visibility, has_blocked, is_blocked = cursor.fetchone() or ("", True, False)
    if has_blocked:
        raise errors.UnknownUser
    if is_blocked:
        raise errors.BlockedByYou
    is_public = visibility == Visibility.PUBLIC
    return Follow.State.ACCEPTED if is_public else Follow.State.REQUESTED


def _accept_all_requests(member: User) -> None:
    requests: Sequence[Follow] = list(
        Follow.objects.select_for_update().filter(followee=member, state=Follow.State.REQUESTED)
    )
    Follow.objects.filter(pk__in=[follow.pk for follow in requests]).update(
        state=Follow.State.ACCEPTED, since=Now()
    )
    publish_many(FOLLOW, [(follow.follower_id, member.pk) for follow in requests])


def _lock_pair(one: int, other: int) -> None:
    """Follow and block of the same two people take turns, whoever acts."""
    low, high = sorted((one, other))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{low}:{high}"])
