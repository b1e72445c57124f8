"""How views describe themselves in OpenAPI."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

PUBLIC: Any = [{}]
"""`auth=` of an operation that needs no token: OpenAPI's empty requirement."""


class Schema(AutoSchema):
    """Names the tag of an operation after the app that serves it."""

    def get_tags(self) -> list[str]:
        """The second part of `apps.movies.api.views`."""
        return [type(self.view).__module__.split(".")[1]]
