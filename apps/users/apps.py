"""People and what is between them."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.urls import register_converter

from apps.users.api.paths import UsernameConverter


class UsersConfig(AppConfig):
    """Accounts, follows, blocks."""

    name = "apps.users"
    default = True

    def ready(self) -> None:
        """Make `<username:…>` known to paths, make the topics known, listen to what is recorded."""
        from apps.users import topics  # noqa: F401
        from apps.users.signin import events

        register_converter(UsernameConverter, "username")
        events.listen()


class OperatorsConfig(admin.AdminConfig):
    """Django's admin behind a second factor."""

    default = False
    default_site = "apps.users.operators.OperatorSite"
