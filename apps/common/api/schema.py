"""How views describe themselves in OpenAPI."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

PUBLIC: Any = [{}]
"""`auth=` of an operation that needs no token: OpenAPI's empty requirement."""

SYNC_TOKEN = "Sync-Token"
SYNC_DEGRADED = "Sync-Degraded"
GIVEN = "What the stores have to learn of this write; absent when it is nothing."
TAKEN = (
    "The token of a write, or several separated by commas: the answer waits up to two seconds until"
    " it can show them."
)
LATE = (
    "Stores that do not hold what the given Sync-Token stands for; absent when all do. A body with"
    " a list `degraded` names them there, too."
)
IDEMPOTENCY_KEY = "Idempotency-Key"
ONCE = (
    "A key of your own, 1 to 255 visible ASCII characters: the same request with it is done once"
    " and answered alike for a day."
)
LIMITS = {
    "RateLimit": "Of each limit: requests left (r), and seconds until all are (t).",
    "RateLimit-Policy": "Each limit: so many requests (q) in so many seconds (w).",
}


class Schema(AutoSchema):
    """Tags and headers that follow from the view itself."""

    def get_tags(self) -> list[str]:
        """The resource that a path begins with: `movies` for `/api/v1/movies/{movie_id}/`."""
        return [self.path.split("/")[3]]

    def get_override_parameters(self) -> list[Any]:
        """The limits, and the headers by which a member reads what they wrote."""
        limits = [_header(name, text, response=True) for name, text in LIMITS.items()]
        if not is_read(self.method, self.view):
            once = [_header(IDEMPOTENCY_KEY, ONCE)] if self.method == "POST" else []
            return [*limits, *once, _header(SYNC_TOKEN, GIVEN, response=True)]
        if needs := ", ".join(getattr(self.view, "needs", ())):
            return [
                *limits,
                _header(SYNC_TOKEN, f"{TAKEN} Comes from: {needs}."),
                _header(SYNC_DEGRADED, LATE, response=True),
            ]
        return limits


def is_read(method: str | None, view: object) -> bool:
    """Whether a request only asks; a view says by `asks_by_post` that its POST does."""
    return method in SAFE_METHODS or getattr(view, "asks_by_post", False)


def _header(name: str, text: str, *, response: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text, response=response)
