"""Where allauth hands over: accounts are made by our action, names never come from an address."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.users import actions
from apps.users.errors import InvalidUsername
from apps.users.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's flows with Cinemesh's rules for usernames and creation."""

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """A neutral name where none was given; allauth would derive one from the address."""
        user.username = user.username or actions.neutral_username()

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """allauth's checks on top of the platform's rule."""
        try:
            name = actions.valid_username(username)
        except InvalidUsername as error:
            raise self.validation_error("invalid_username") from error
        return str(super().clean_username(name, shallow=shallow))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Fill the user from the form, then register it as any other member."""
        super().save_user(request, user, form, commit=False)
        return actions.register_user(user=user) if commit else user
