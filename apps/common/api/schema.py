"""How views describe themselves in OpenAPI."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

PUBLIC: Any = [{}]
"""`auth=` of an operation that needs no token: OpenAPI's empty requirement."""


class Schema(AutoSchema):
    """Adds the problem body to every operation; names the tag after the app that serves it."""

    def get_tags(self) -> list[str]:
        """The second part of `apps.movies.api.views`."""
        return [type(self.view).__module__.split(".")[1]]

    def get_override_parameters(self) -> list[Any]:
        """A view's `query_input` class as query parameters, for its GET."""
        query_input = getattr(self.view, "query_input", None)
        return [query_input] if query_input and self.method == "GET" else []
