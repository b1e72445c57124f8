"""People and what is between them."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class UsersConfig(AppConfig):
    """Accounts, follows, blocks."""

    name = "apps.users"
    default = True

    def ready(self) -> None:
        """Make the topics known, and listen to what is recorded."""
        from apps.users import topics  # noqa: F401
        from apps.users.signin import events

        events.listen()


class OperatorsConfig(admin.AdminConfig):
    """Django's admin behind a second factor."""

    default = False
    default_site = "apps.users.operators.OperatorSite"
