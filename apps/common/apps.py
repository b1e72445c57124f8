"""The shared edge of all apps."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Errors, ids, health and the API edge."""

    name = "apps.common"
