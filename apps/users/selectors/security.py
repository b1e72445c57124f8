"""What happened to the safety of a member's account."""

from collections.abc import Sequence

from apps.users.models import SecurityEvent, User

KNOWN = [SecurityEvent.Kind.SIGNED_IN, SecurityEvent.Kind.PASSWORD_RESET]
"""What makes a network known to an account."""


def is_known_network(email: str, network: str) -> bool:
    """Whether someone who was let in came to this account from this network before."""
    rows = SecurityEvent.objects.filter(user__email=email, network=network, kind__in=KNOWN)
    return rows.exists()


def security_events_page(
    user: User, *, after: Sequence[object] | None, limit: int
) -> list[SecurityEvent]:
    """A member's own events, newest first, one too many."""
    rows = SecurityEvent.objects.filter(user=user)
    if after:
        rows = rows.filter(pk__lt=after[0])
    return list(rows.order_by("-pk")[: limit + 1])
