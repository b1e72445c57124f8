"""Wrong passwords make one wait, and lock nobody else out.

Failures count for their address, and for the account from that address; never for the account
alone, or anybody could keep its owner out. So that many addresses together do not guess at one
account, only so many in a day may fail there at all. That limit is not for networks from which the
account was signed in before: there its owner gets in, whoever else is trying.
"""

import hashlib
from dataclasses import dataclass, field

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage, get_ip
from django.core.cache import cache
from django.http import HttpRequest

from apps.users import security
from apps.users.selectors import is_known_network

APP = "allauth.account"
BY_ADDRESS, BY_ACCOUNT, FROM_NEW = "password_by_address", "password_by_account", "password_from_new"
DAY = 86_400


@dataclass
class Attempt:
    """A password that somebody tries. It counts as wrong until it is taken back."""

    usages: list[RateLimitUsage] = field(default_factory=list)
    marker: str = ""

    def take_back(self) -> None:
        """It was right, or not looked at. Earlier failures stay: it must not buy new guesses."""
        for usage in self.usages:
            usage.rollback()
        if self.marker:
            cache.delete(self.marker)


def begin(request: HttpRequest, email: str) -> Attempt | None:
    """Count an attempt at an account, before its password is looked at; None when it must wait."""
    account, address = email.lower(), get_ip(request)
    key = _key(account, address)
    marker = f"password:{key}"
    is_new = not (is_known_network(account, security.network_of(address)) or cache.get(marker))
    attempt = Attempt()
    limits = {BY_ADDRESS: None, BY_ACCOUNT: key} | ({FROM_NEW: account} if is_new else {})
    for action, counted in limits.items():
        usage = ratelimit.consume(request, app=APP, action=action, key=counted)
        if usage is None:
            attempt.take_back()
            return None
        attempt.usages.append(usage)
    if is_new and cache.add(marker, True, DAY):
        attempt.marker = marker
    elif is_new:  # another attempt from here, at the same time, has counted the address
        attempt.usages.pop().rollback()
    return attempt


def forgive(request: HttpRequest, email: str) -> None:
    """Whoever has just reset the password by mail may give it at once, from where they are.

    What the address has failed elsewhere stays: a reset of one's own must not buy it new guesses.
    """
    key = _key(email.lower(), get_ip(request))
    ratelimit.clear(request, app=APP, action=BY_ACCOUNT, key=key)


def _key(account: str, address: str) -> str:
    return hashlib.sha256(f"{account} {address}".encode()).hexdigest()
