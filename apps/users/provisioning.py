"""Members that an installation makes itself: the raters of the sample, and the demo member."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.users.actions import create_user
from apps.users.models import Follow, User


class ImportedMember(NamedTuple):
    """A rater of the sample as a member: public, never mailed, without a usable password."""

    username: str
    email: str
    joined_at: datetime


class ImportedFollow(NamedTuple):
    """A generated follow, accepted from the start."""

    follower_id: int
    followee_id: int
    since: datetime


class MembersImported(NamedTuple):
    """How many came, and the id of each by username; who is absent has a name that is taken."""

    created: int
    ids: dict[str, int]


@transaction.atomic
def import_members(*, members: Sequence[ImportedMember]) -> MembersImported:
    """Make the sample members that are missing. Publishes nothing: rebuild the projections."""
    before = _sample_ids(members)
    User.objects.bulk_create(
        [
            User(
                username=member.username,
                email=member.email,
                password=make_password(None),
                is_sample=True,
                joined_at=member.joined_at,
            )
            for member in members
            if member.username not in before
        ],
        ignore_conflicts=True,
    )
    after = _sample_ids(members)
    return MembersImported(len(after) - len(before), after)


@transaction.atomic
def import_follows(*, follows: Iterable[ImportedFollow]) -> int:
    """Make the follows that are missing, and give their number. Publishes nothing."""
    wanted = list(follows)
    followers = {follow.follower_id for follow in wanted}
    known = set(
        Follow.objects.filter(follower__in=followers).values_list("follower_id", "followee_id")
    )
    missing = [follow for follow in wanted if follow[:2] not in known]
    Follow.objects.bulk_create(
        [
            Follow(
                follower_id=follow.follower_id,
                followee_id=follow.followee_id,
                state=Follow.State.ACCEPTED,
                is_generated=True,
                since=follow.since,
            )
            for follow in missing
        ],
        batch_size=2_000,
    )
    return len(missing)


@transaction.atomic
def provide_operator(*, email: str, username: str, password: str) -> tuple[User, bool]:
    """A member with this verified address and password who may open the admin, and whether they
    are new.

    Whoever has the address already becomes an operator with this password; sessions end only
    when it differs from the present one. An account that was left stays closed until somebody
    signs in with it, which brings it back in all stores. Raises InvalidUsername or UsernameTaken.
    """
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    created = user is None
    if user is None:
        user = create_user(email=email, username=username)
    user.is_staff = user.is_superuser = True
    if not user.check_password(password):
        user.set_password(password)
    user.save(update_fields=["is_staff", "is_superuser", "password"])
    EmailAddress.objects.filter(user=user).exclude(email=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user, created


def _sample_ids(members: Sequence[ImportedMember]) -> dict[str, int]:
    names = [member.username for member in members]
    rows = User.objects.filter(username__in=names, is_sample=True).values_list("username", "id")
    return dict(rows)
