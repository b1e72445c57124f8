"""The app `graph`."""

from django.apps import AppConfig


class GraphConfig(AppConfig):
    """See the package's modules."""

    name = "apps.graph"
