"""People and what is between them."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts, follows, blocks."""

    name = "apps.users"

    def ready(self) -> None:
        """Make the topics known, and listen to what is recorded."""
        from apps.users import topics  # noqa: F401
        from apps.users.signin import events

        events.listen()
