"""Starts are refused when a declared destination has no projector."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from apps.outbox.registry import unserved


@register("outbox")
def every_topic_is_served(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E001: a topic names a destination that no app serves, so its messages would wait for ever."""
    return [Error(f"Nothing projects {pair}.", id="outbox.E001") for pair in unserved()]
