"""The app `consistency`."""

from django.apps import AppConfig


class ConsistencyConfig(AppConfig):
    """See the package's modules."""

    name = "apps.consistency"
