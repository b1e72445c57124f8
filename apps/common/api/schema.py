"""How views describe themselves in OpenAPI."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import Direction, OpenApiParameter
from rest_framework.fields import CharField
from rest_framework.permissions import SAFE_METHODS

from apps.common.api.errors import PROBLEM
from apps.common.api.fields import BLANK, NUL
from apps.common.api.inputs import Input

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

RETRY = "Seconds until the same request would pass; with 429."

PROBLEM_RESPONSE = {
    "description": "What is wrong with the request, as RFC 9457 writes it.",
    "headers": {
        name: {"schema": {"type": "string"}, "description": text}
        for name, text in {**LIMITS, "Retry-After": RETRY}.items()
    },
    "content": {
        PROBLEM: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "detail"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "code": {
                        "type": "string",
                        "description": "Stays the same for the same kind of error.",
                    },
                    "detail": {"type": "string", "description": "For people, in English."},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "detail"],
                            "properties": {
                                "pointer": {
                                    "type": "string",
                                    "description": "A JSON pointer, or the name of a parameter or "
                                    "a header.",
                                },
                                "detail": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}


class Schema(AutoSchema):
    """Tags and headers that follow from the view itself."""

    def get_tags(self) -> list[str]:
        """The resource that a path begins with: `movies` for `/api/v1/movies/{movie_id}/`."""
        return [self.path.split("/")[3]]

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        """An object; of input, one with no fields beside its own, and what `together` says."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        made: object = force_instance(serializer)  # type: ignore[no-untyped-call]
        if isinstance(made, Input):
            schema |= {"additionalProperties": False, **made.together}
        return schema

    def _get_request_for_media_type(
        self, serializer: Any, direction: Direction = "request"
    ) -> tuple[Any, bool]:
        """A body is required also where `together` refuses an empty one."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        return schema, required or bool(getattr(serializer, "together", None))

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """The limits of a field; of input, with what its class refuses beside length and range."""
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if not isinstance(field.root, Input):
            return
        if isinstance(field, CharField):
            refused = getattr(field, "refused", NUL)
            some = "" if field.allow_blank else rf"[^{BLANK}{refused}][^{refused}]*"
            schema.setdefault("pattern", f"^[^{refused}]*{some}$")
        elif getattr(field, "unique", False):
            schema["uniqueItems"] = True

    def get_override_parameters(self) -> list[Any]:
        """The limits, and the headers by which a member reads what they wrote."""
        limits = [_header(name, text, response=True) for name, text in LIMITS.items()]
        if not is_read(self.method, self.view):
            key = _header(IDEMPOTENCY_KEY, ONCE, pattern="^[!-~]{1,255}$")
            takes_key = self.method == "POST" and not getattr(self.view, "works_once", False)
            once = [key] if takes_key else []
            return [*limits, *once, _header(SYNC_TOKEN, GIVEN, response=True)]
        if needs := ", ".join(getattr(self.view, "needs", ())):
            return [
                *limits,
                _header(SYNC_TOKEN, f"{TAKEN} Comes from: {needs}."),
                _header(SYNC_DEGRADED, LATE, response=True),
            ]
        return limits


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: every operation answers errors as the same problem."""
    result["components"]["responses"] = {"Problem": PROBLEM_RESPONSE}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = {"$ref": "#/components/responses/Problem"}
    return result


def is_read(method: str | None, view: object) -> bool:
    """Whether a request only asks; a view says by `asks_by_post` that its POST does."""
    return method in SAFE_METHODS or getattr(view, "asks_by_post", False)


def _header(
    name: str, text: str, *, response: bool = False, pattern: str | None = None
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.HEADER,
        description=text,
        response=response,
        pattern=pattern,
    )
