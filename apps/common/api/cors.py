"""The one page of another site that needs something of ours by itself: Neo4j Browser's guide.

`CORS_ORIGINS` opens the API alone. The Browser's origin may fetch the guide that it plays, and
nothing else: corsheaders has one list of origins for all paths, so it asks here.
"""

from typing import Any

from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.http import HttpRequest


def listen() -> None:
    """Answer corsheaders from now on. Called once, when the apps are ready."""
    check_request_enabled.connect(_is_the_browser_at_its_guide)


def _is_the_browser_at_its_guide(sender: object, request: HttpRequest, **told: Any) -> bool:
    origin = request.headers.get("Origin")
    return request.path.startswith("/static/neo4j/") and origin == settings.NEO4J_BROWSER_ORIGIN  # type: ignore[misc]
