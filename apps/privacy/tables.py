"""Every table that holds something of members: what of it is given to them, and what outlives them.

A table whose rows lead to a member, however far, is named here or fails the suite, and so does a
column of one that is given. The keys name the model and the way from its row to the member.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Case, F, Q, When

from apps.users.selectors.visibility import unblocked


@dataclass(frozen=True)
class Given:
    """Rows that are in an export, as files of this name with these columns."""

    name: str
    columns: tuple[str, ...]


OTHERS = ("followee", "follower", "muted", "other")
"""Whom rows of a member name by username: only while the two may see each other."""

FILM = ("movie_id", "movie__title", "movie__year")

TABLES: dict[str, Given | str] = {
    "users.User.id": Given(
        "account",
        (
            *("id", "username", "username_changed", "email", "display_name", "bio", "avatar"),
            *("visibility", "ratings_visibility", "used_for_others"),
            *("is_sample", "is_staff", "is_superuser", "is_active", "joined_at", "last_login"),
        ),
    ),
    "users.User_groups.user": Given("groups", ("id", "group__name")),
    "users.User_user_permissions.user": Given("permissions", ("id", "permission__codename")),
    "account.EmailAddress.user": Given("addresses", ("id", "email", "verified", "primary")),
    "account.EmailConfirmation.email_address__user": "keys for one use; we make them without a row",
    "socialaccount.SocialAccount.user": Given(
        "identities", ("id", "provider", "uid", "extra_data", "date_joined", "last_login")
    ),
    "socialaccount.SocialToken.account__user": "a secret between Apple and us",
    "mfa.Authenticator.user": Given("authenticators", ("id", "type", "created_at", "last_used_at")),
    "usersessions.UserSession.user": Given(
        "sessions", ("id", "created_at", "last_seen_at", "ip", "user_agent")
    ),
    "admin.LogEntry.user": "what an operator did for the platform, about others",
    "users.Follow.follower": Given(
        "following", ("id", "followee__username", "state", "is_generated", "since")
    ),
    "users.Follow.followee": Given(
        "followers", ("id", "follower__username", "state", "is_generated", "since")
    ),
    "users.Block.blocker": Given("blocks", ("id", "blocked__username", "since")),
    "users.Block.blocked": "who blocks someone is for the one who blocks to know",
    "users.Mute.muter": Given("mutes", ("id", "muted__username", "since")),
    "users.KeptAnswer.user": "what they were answered already, kept for a day",
    "users.Unsuggested.member": Given("unsuggested", ("id", "other__username")),
    "users.Unsuggested.other": "who does not want to be led to someone is for them to know",
    "users.Mute.muted": "who mutes someone is for the one who mutes to know",
    "users.SecurityEvent.user": Given(
        "security_events", ("id", "at", "kind", "detail", "network", "user_agent")
    ),
    "users.SecurityEvent.actor": "what an operator did to an account is for its member to know",
    "movies.Rating.user": Given(
        "ratings", ("id", *FILM, "half_stars", "learn", "rated_at", "changed_at")
    ),
    "movies.MovieTag.user": Given("tags", ("id", *FILM, "tag", "tagged_at")),
    "recommendations.Dismissal.user": Given("dismissals", ("id", *FILM, "dismissed_at")),
    "recommendations.OnboardingPick.user": Given(
        "onboarding_picks", ("id", *FILM, "liked", "picked_at")
    ),
    "recommendations.ShownSlate.user": Given("slates", ("id", "films", "shown_at")),
    "recommendations.Reaction.slate__user": Given(
        "reactions", ("id", "slate_id", *FILM, "kind", "reacted_at")
    ),
    "feeds.Seen.user": Given("feed_seen", ("seen_at",)),
    "feeds.Hub.user": Given("feed_hub", ("since",)),
    "privacy.Export.user": Given("exports", ("id", "asked_at", "expires_at")),
}
"""What is given, or why not."""

WITHHELD = {
    "users.User.password": "a hash, of use to who would guess it",
    "users.SecurityEvent.actor": "you, or an operator who acts for the platform",
    "mfa.Authenticator.data": "the secret of a second factor",
    "usersessions.UserSession.session_key": "opens the session",
    "usersessions.UserSession.data": "names the good refresh token",
    "privacy.Export.file": "a name in the storage",
    "privacy.Export.attempts": "of the worker",
}
"""Columns of given tables that are not given."""

OUTLIVES = {
    "users.SecurityEvent.actor": "the event is another member's; who it was is emptied",
    "privacy.Departure.member_id": "the receipt: a number that leads nowhere any more",
}
"""What is not erased with a member. Rows that lead to them go with them, by the key itself."""


def given(user_id: int) -> Iterator[tuple[str, tuple[str, ...], list[dict[str, Any]]]]:
    """The name, the columns and the rows of each file of a member's export."""
    for key, entry in TABLES.items():
        if isinstance(entry, str):
            continue
        label, path = key.rsplit(".", 1)
        rows = apps.get_model(label)._base_manager.filter(**{path: user_id}).order_by("pk")
        names = tuple(column.replace("__", "_") for column in entry.columns)
        found = rows.values_list(*(_seen_by(user_id, column) for column in entry.columns))
        yield entry.name, names, [dict(zip(names, row, strict=True)) for row in found]


def _seen_by(user_id: int, column: str) -> Case | F:
    """A column; null for the name of somebody who is gone, or blocked in either direction."""
    who = column.removesuffix("__username")
    if who not in OTHERS:
        return F(column)
    seen = Q(**{f"{who}__is_active": True}) & unblocked(user_id, user=who)
    return Case(When(seen, then=F(column)))


def not_given() -> Iterator[tuple[str, str]]:
    """What is left out of exports, and why."""
    yield from ((key, entry) for key, entry in TABLES.items() if isinstance(entry, str))
    yield from WITHHELD.items()
