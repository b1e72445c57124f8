"""What happened to the safety of a member's account."""

from collections.abc import Sequence

from apps.users.models import SecurityEvent, User


def security_events_page(
    user: User, *, after: Sequence[object] | None, limit: int
) -> list[SecurityEvent]:
    """A member's own events, newest first, one too many."""
    rows = SecurityEvent.objects.filter(user=user)
    if after:
        rows = rows.filter(pk__lt=after[0])
    return list(rows.order_by("-pk")[: limit + 1])
