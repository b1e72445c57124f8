"""The app `vectors`."""

from django.apps import AppConfig


class VectorsConfig(AppConfig):
    """See the package's modules."""

    name = "apps.vectors"
