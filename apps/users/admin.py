"""Members, follows and blocks for operators. What is created here goes through the actions.

Nobody is deleted here: a member's opinions are above this app, see `movies.actions`.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.common.errors import CinemeshError
from apps.users import actions, security
from apps.users.models import Block, Follow, SecurityEvent, User
from apps.users.selectors import is_username_taken


class NewMemberForm(BaseUserCreationForm):
    """An address, a password, and a username if it is known."""

    class Meta:
        model = User
        fields = ("email", "username")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        """Without a username the member gets a neutral one."""
        super().__init__(*args, **options)
        self.fields["username"].required = False

    def clean_email(self) -> str:
        """As it is kept: in lower case."""
        return str(self.cleaned_data["email"]).lower()

    def clean_username(self) -> str:
        """As it is kept; allowed and free."""
        given = str(self.cleaned_data["username"])
        try:
            name = actions.valid_username(given) if given else actions.neutral_username()
        except CinemeshError as error:
            raise ValidationError(error.detail) from error
        if is_username_taken(name):
            raise ValidationError("This username is taken.")
        return name


class MemberForm(UserChangeForm):
    """A member's profile and rights."""

    class Meta:
        model = User
        fields = ("display_name", "bio", "visibility", "is_staff", "is_superuser")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


def _tell(row: Any, subject: str, detail: str) -> None:
    member = getattr(row, subject) if subject else row
    kind = row._meta.verbose_name
    security.record(security.Kind.OPERATOR_ACTED, user=member, detail=f"{kind}: {detail}")


class NeverDeleted(admin.ModelAdmin):
    """Rows that operators look at and add to."""

    show_full_result_count = False
    subject = ""
    """The member whose account a row is about: a field of it, or the row itself."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """For the member to know as well."""
        _tell(obj, self.subject, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """For the member to know as well, with the names of what was changed."""
        changed = [part["changed"].get("fields", []) for part in message if "changed" in part]
        _tell(obj, self.subject, ", ".join(name for names in changed for name in names))
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No one."""
        return False


@admin.register(User)
class MemberAdmin(NeverDeleted, UserAdmin):
    """Members."""

    form = MemberForm
    add_form = NewMemberForm
    list_display = ("username", "email", "is_active", "is_staff", "visibility", "joined_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "visibility", "is_sample")
    search_fields = ("username", "email", "display_name")
    ordering = ("-id",)
    readonly_fields = ("username", "email", "is_active", "is_sample", "joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "email", "password")}),
        ("Profile", {"fields": ("display_name", "bio", "visibility")}),
        ("Rights", {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        ("State", {"fields": ("is_active", "is_sample", "joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "username", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All may be given to a new member; only a superuser gives rights."""
        if obj is None:
            return ()
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups")
        return (*self.readonly_fields, *rights, *(("user_permissions",) if rights else ()))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Register a new member; change a known one's profile, then their rights."""
        if not change:
            actions.register_user(user=obj)
            return
        actions.update_profile(
            user=obj, display_name=obj.display_name, bio=obj.bio, visibility=obj.visibility
        )
        obj.save(update_fields=["is_staff", "is_superuser"])


class PairForm(forms.ModelForm):
    """Two members, and what one does to the other."""

    def clean(self) -> dict[str, Any]:
        """Refuses what the action would refuse."""
        cleaned = super().clean() or {}
        first, second = (cleaned.get(name) for name in self._meta.fields or ())
        if first is not None and first == second:
            raise ValidationError("Choose two different members.")
        return cleaned


class FollowForm(PairForm):
    """Who follows whom; whether it must be accepted first is decided by the profile."""

    class Meta:
        model = Follow
        fields = ("follower", "followee")

    def clean(self) -> dict[str, Any]:
        """Not across a block."""
        cleaned = super().clean()
        one, other = cleaned.get("follower"), cleaned.get("followee")
        if Block.objects.filter(blocker__in=[one, other], blocked__in=[one, other]).exists():
            raise ValidationError("One of them has blocked the other.")
        return cleaned


class BlockForm(PairForm):
    """Who blocks whom."""

    class Meta:
        model = Block
        fields = ("blocker", "blocked")


class OnceWritten(NeverDeleted):
    """Rows that are added through an action and not changed afterwards."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The list opens; a row is shown, not edited."""
        return False


@admin.register(Follow)
class FollowAdmin(OnceWritten):
    """Follows and requests to follow."""

    form = FollowForm
    subject = "follower"
    list_display = ("follower", "followee", "state", "since", "is_generated")
    list_select_related = ("follower", "followee")
    list_filter = ("state", "is_generated")
    search_fields = ("follower__username", "followee__username")
    autocomplete_fields = ("follower", "followee")
    ordering = ("-id",)

    def save_model(self, request: HttpRequest, obj: Follow, form: Any, change: bool) -> None:
        """Follow in the one's name."""
        follow = actions.follow_user(follower=obj.follower, followee=obj.followee)
        obj.pk, obj.state = follow.pk, follow.state


@admin.register(Block)
class BlockAdmin(OnceWritten):
    """Blocks."""

    form = BlockForm
    subject = "blocker"
    list_display = ("blocker", "blocked", "since")
    list_select_related = ("blocker", "blocked")
    search_fields = ("blocker__username", "blocked__username")
    autocomplete_fields = ("blocker", "blocked")
    ordering = ("-id",)

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        """Block in the one's name."""
        obj.pk = actions.block_user(blocker=obj.blocker, blocked=obj.blocked).pk


@admin.register(SecurityEvent)
class SecurityEventAdmin(OnceWritten):
    """What happened to the safety of accounts, to look at."""

    list_display = ("at", "user", "kind", "detail", "network", "actor")
    list_select_related = ("user", "actor")
    list_filter = ("kind",)
    search_fields = ("user__username", "user__email", "=network")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No one."""
        return False
