"""Who people are, whom they follow, block and mute."""

import re
from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from apps.users.managers import UserManager

USERNAME = re.compile(r"^[a-z0-9_-]{3,30}\Z")
RESERVED_USERNAMES = frozenset(
    {
        "admin",
        "administrator",
        "api",
        "cinemesh",
        "everyone",
        "follow",
        "followers",
        "following",
        "me",
        "moderator",
        "null",
        "operator",
        "ops",
        "root",
        "staff",
        "support",
        "system",
        "undefined",
        "you",
    }
)


class Visibility(models.TextChoices):
    """Who may see something of a member. Followers are those whom they let follow them."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    PRIVATE = "private"


def refuse_reserved(username: str) -> None:
    """A validator of usernames."""
    if username.lower() in RESERVED_USERNAMES:
        raise ValidationError("This name is reserved.")


class User(AbstractBaseUser, PermissionsMixin):
    """A member. Signs in with an e-mail address; others know the username alone."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(
        max_length=30,
        validators=[RegexValidator(USERNAME, "3 to 30 of a-z, 0-9, _ and -."), refuse_reserved],
    )
    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=60, blank=True, default="", db_default="")
    bio = models.CharField(max_length=500, blank=True, default="", db_default="")
    avatar = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    visibility = models.CharField(
        max_length=9,
        choices=Visibility,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
    )
    ratings_visibility = models.CharField(
        max_length=9,
        choices=Visibility,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
    )
    used_for_others = models.BooleanField(default=True, db_default=True)
    is_sample = models.BooleanField(default=False, db_default=False)
    username_changed = models.BooleanField(default=False, db_default=False)
    is_staff = models.BooleanField(default=False, db_default=False)
    is_active = models.BooleanField(default=True, db_default=True)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9_-]{3,30}$"), name="user_username_shape"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="user_visibility_known"
            ),
            models.CheckConstraint(
                condition=Q(ratings_visibility__in=Visibility.values),
                name="user_ratings_visibility_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["avatar"], name="user_avatar", condition=~Q(avatar=""))
        ]

    def __str__(self) -> str:
        return self.username


class Follow(models.Model):
    """One member follows another, or has asked to follow someone whose profile is not public."""

    class State(models.TextChoices):
        """Only accepted follows reach the graph and the feeds."""

        REQUESTED = "requested"
        ACCEPTED = "accepted"

    id = models.BigAutoField(primary_key=True)
    follower = models.ForeignKey(User, models.CASCADE, related_name="following_set", db_index=False)
    followee = models.ForeignKey(User, models.CASCADE, related_name="follower_set")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACCEPTED)
    is_generated = models.BooleanField(default=False, db_default=False)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["follower", "followee"], name="follow_pair_unique"),
            models.CheckConstraint(condition=~Q(follower=F("followee")), name="follow_not_oneself"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "accepted"]), name="follow_state_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["followee", "-since", "-id"], name="follow_followers_page"),
            models.Index(fields=["follower", "-since", "-id"], name="follow_following_page"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followee_id} ({self.state})"


class Block(models.Model):
    """One member wants nothing of another: both become invisible to each other."""

    id = models.BigAutoField(primary_key=True)
    blocker = models.ForeignKey(User, models.CASCADE, related_name="block_set", db_index=False)
    blocked = models.ForeignKey(User, models.CASCADE, related_name="blocked_by_set")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_pair_unique"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Mute(models.Model):
    """One member wants to hear nothing of another, who never learns of it."""

    id = models.BigAutoField(primary_key=True)
    muter = models.ForeignKey(User, models.CASCADE, related_name="mute_set", db_index=False)
    muted = models.ForeignKey(User, models.CASCADE, related_name="muted_by_set")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["muter", "muted"], name="mute_pair_unique"),
            models.CheckConstraint(condition=~Q(muter=F("muted")), name="mute_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.muter_id} mutes {self.muted_id}"


class Unsuggested(models.Model):
    """Someone whom a member does not want to be suggested."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(User, models.CASCADE, related_name="unsuggested_set", db_index=False)
    other = models.ForeignKey(User, models.CASCADE, related_name="unsuggested_to_set")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "other"], name="unsuggested_pair_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.other_id} is not suggested to {self.member_id}"


class SecurityEvent(models.Model):
    """Something that happened to the safety of an account. It goes with its member."""

    class Kind(models.TextChoices):
        """What happened."""

        SIGNED_IN = "signed_in"
        SIGN_IN_FAILED = "sign_in_failed"
        SIGNED_OUT = "signed_out"
        SESSION_ENDED = "session_ended"
        TOKEN_REUSED = "token_reused"
        PASSWORD_CHANGED = "password_changed"
        PASSWORD_RESET = "password_reset"
        ADDRESS_ADDED = "address_added"
        ADDRESS_CHANGED = "address_changed"
        ADDRESS_REMOVED = "address_removed"
        FACTOR_ADDED = "factor_added"
        FACTOR_REMOVED = "factor_removed"
        FACTOR_FAILED = "factor_failed"
        RECOVERY_CODES_MADE = "recovery_codes_made"
        IDENTITY_LINKED = "identity_linked"
        IDENTITY_UNLINKED = "identity_unlinked"
        EXPORT_ASKED = "export_asked"
        LEFT = "left"
        OPERATOR_ACTED = "operator_acted"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="security_events", db_index=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    detail = models.CharField(max_length=60, blank=True, default="")
    network = models.CharField(max_length=43, blank=True, default="")
    user_agent = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="security_event_page"),
            models.Index(
                fields=["user", "network"],
                name="security_event_known",
                condition=Q(kind__in=["signed_in", "password_reset"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of member {self.user_id}"


class Mail(models.Model):
    """A mail that has not gone out yet. It may hold a key, so it is deleted when it is sent."""

    id = models.BigAutoField(primary_key=True)
    message = models.JSONField()
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"mail {self.pk}, attempt {self.attempts}"


class KeptAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered; `asked` digests the path and the body."""

    LIFE = timedelta(hours=24)

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="kept_answer_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.status} for {self.user_id}"


class UsedToken(models.Model):
    """An ID token that somebody has signed in with; kept until it would run out anyway."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


class SignInCode(models.Model):
    """A sign-in by redirect on its way from the browser to the app that asked for it."""

    digest = models.CharField(max_length=64, primary_key=True)
    challenge = models.CharField(max_length=43)
    session_key = models.CharField(max_length=40)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest
