"""Films and what people say of them."""

from django.apps import AppConfig


class MoviesConfig(AppConfig):
    """The catalogue and opinions."""

    name = "apps.movies"

    def ready(self) -> None:
        """Make the topics known."""
        from apps.movies import topics  # noqa: F401
