"""The app `feeds`."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """See the package's modules."""

    name = "apps.feeds"
