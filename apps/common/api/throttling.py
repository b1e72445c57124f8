"""How often one may ask: per address, per member, and per action, told in every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10. One Lua script counts all limits
of a request in one step: DRF's own throttles read and write apart, so that parallel requests slip
through, and the library `limits` asks Valkey twice for each limit. The rule is GCRA (ITU-T I.371):
one number for each limit, no windows at whose edges twice as much would pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.common.cache import run_script

COUNT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due, answer, wait = {}, {}, 0
for i, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    due[i] = math.max(tonumber(redis.call('GET', key) or now), now)
    wait = math.max(wait, due[i] + window / quota - window - now)
end
for i, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    if wait <= 0 then
        due[i] = due[i] + window / quota
        redis.call('SET', key, string.format('%.3f', due[i]), 'PX', math.ceil(due[i] - now))
    end
    answer[2 * i - 1] = math.floor((now + window - due[i]) * quota / window + 0.001)
    answer[2 * i] = math.ceil((due[i] - now) / 1000)
end
return {math.ceil(wait / 1000), unpack(answer)}
"""
"""Milliseconds until all of a limit is free again are kept. A request that is refused costs none.

Gives the seconds to wait, and of each limit how many requests are left and when all are.
"""


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds, for one address or member."""

    name: str
    quota: int
    seconds: int
    of: str


class RateLimits(BaseThrottle):
    """The limits of `settings.RATE_LIMITS`; without Valkey nothing is limited.

    Every request counts for its address, and for its member or as a visitor's. A view names what
    else a method counts as: `counts_as = {"PUT": "follow"}`.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request, unless a limit is used up, and tell all of them in the headers."""
        # A HEAD does what a GET does.
        method = "GET" if request.method == "HEAD" else request.method
        limits = limits_of(request, getattr(view, "counts_as", {}).get(method))
        answer = _count(limits)
        if answer is None:
            return True
        self._wait, *states = answer
        left = dict(zip(limits, zip(states[::2], states[1::2], strict=True), strict=True))
        view.headers["RateLimit-Policy"] = ", ".join(
            f'"{limit.name}";q={limit.quota};w={limit.seconds}' for limit in limits
        )
        view.headers["RateLimit"] = ", ".join(
            f'"{limit.name}";r={remaining};t={seconds}'
            for limit, (remaining, seconds) in left.items()
        )
        return self._wait == 0

    def wait(self) -> float:
        """Seconds until the same request would pass."""
        return self._wait


def limits_of(request: Request, action: str | None) -> list[Limit]:
    """What a request counts for."""
    table: dict[str, tuple[int, int]] = settings.RATE_LIMITS
    if not table:
        return []
    address = network_of(request)
    who = address if request.user.pk is None else str(request.user.pk)
    names = {"address": address, "visitor" if who == address else "member": who}
    if action:
        names[action] = who
    return [Limit(name, *table[name], of) for name, of in names.items()]


def network_of(request: Request) -> str:
    """The client's address behind the trusted proxies; of IPv6 the /64 that one customer has."""
    address = ip_address(get_adapter().get_client_ip(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _count(limits: Sequence[Limit]) -> list[int] | None:
    if not limits:
        return None
    keys = [f"limit:{limit.name}:{limit.of}" for limit in limits]
    arguments = [n for limit in limits for n in (limit.quota, limit.seconds * 1000)]
    counted: list[int] | None = run_script(COUNT, keys, arguments)
    return counted
