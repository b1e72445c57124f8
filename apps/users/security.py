"""The log of what happened to the safety of accounts: who, when, from which network; no secrets.

A row keeps the network and not the address: a /24 of IPv4, a /48 of IPv6. What is recorded within
a request takes it from there; outside of one, network and actor stay empty.
"""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.utils import timezone

from apps.users.models import SecurityEvent, User

Kind = SecurityEvent.Kind

KEPT = timedelta(days=180)
MAX_DETAIL = SecurityEvent._meta.get_field("detail").max_length
MAX_AGENT = SecurityEvent._meta.get_field("user_agent").max_length


def record(kind: Kind, *, user: User, detail: str = "") -> None:
    """Write down what happened to a member's account, in the transaction that is open."""
    event = SecurityEvent(user=user, kind=kind, detail=detail[:MAX_DETAIL])
    request = context.request
    if request is not None:
        event.actor_id = request.user.pk
        event.network = network_of(get_adapter().get_client_ip(request))
        agent = get_adapter().get_http_user_agent(request)
        event.user_agent = "".join(filter(str.isprintable, agent))[:MAX_AGENT]
    event.save(force_insert=True)


def network_of(address: str) -> str:
    """What of an address is kept."""
    ip = ip_address(address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def purge() -> int:
    """Delete what has been kept long enough; gives how many events."""
    return SecurityEvent.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
