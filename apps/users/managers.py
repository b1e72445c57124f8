"""How users are looked up. They are created by `actions.create_user` alone."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager

if TYPE_CHECKING:
    from apps.users.models import User


class UserManager(BaseUserManager["User"]):
    """Finds a member by address; the address compares without case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The member with this e-mail address (Django calls the login field "username")."""
        return self.get(email=(username or "").lower())

    def create_superuser(self, email: str, password: str | None, username: str) -> "User":
        """What `manage.py createsuperuser` calls; its operator vouches for the address."""
        from apps.users import actions  # the manager is below the actions

        return actions.create_user(
            email=email,
            username=username,
            password=password,
            is_staff=True,
            is_superuser=True,
            is_verified=True,
        )

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """What Django's own helpers call."""
        from apps.users import actions  # the manager is below the actions

        return actions.create_user(email=email, password=password, **fields)
