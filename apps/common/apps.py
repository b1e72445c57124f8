"""The shared edge of all apps."""

from django.apps import AppConfig
from django.urls import register_converter

from apps.common.api import cors
from apps.common.ids import BigIdConverter


class CommonConfig(AppConfig):
    """Errors, ids, health and the API edge."""

    name = "apps.common"

    def ready(self) -> None:
        """Make `<bigid:…>` known to paths, and Neo4j Browser's guide to corsheaders."""
        register_converter(BigIdConverter, "bigid")
        cors.listen()
