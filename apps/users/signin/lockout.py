"""Wrong passwords make one wait, and lock nobody else out.

Failures count for their address, and for the account from that address; never for the account
alone, or anybody could keep its owner out. So that many addresses together do not guess at one
account, only so many in a day may fail there at all. That limit is not for networks from which the
account was signed in before: there its owner gets in, whoever else is trying.
"""

import hashlib
from dataclasses import dataclass

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage, get_ip
from django.core.cache import cache
from django.http import HttpRequest

from apps.users import security
from apps.users.selectors import is_known_network

APP = "allauth.account"
BY_ADDRESS, BY_ACCOUNT, FROM_NEW = "password_by_address", "password_by_account", "password_from_new"
DAY = 86_400


@dataclass(frozen=True)
class Attempt:
    """A password that somebody tries. It counts as wrong until it was right."""

    usages: tuple[RateLimitUsage, ...]
    marker: str = ""

    def was_right(self) -> None:
        """Take the count back. Earlier failures stay: a right one must not buy new guesses."""
        for usage in self.usages:
            usage.rollback()
        if self.marker:
            cache.delete(self.marker)


def begin(request: HttpRequest, email: str) -> Attempt | None:
    """Count an attempt at an account, before its password is looked at; None when it must wait."""
    account, address = email.lower(), get_ip(request)
    of_all = ratelimit.consume(request, app=APP, action=BY_ADDRESS)
    of_one = ratelimit.consume(request, app=APP, action=BY_ACCOUNT, key=_key(account, address))
    if of_all is None or of_one is None:
        return None
    marker = f"password:{_key(account, address)}"
    is_counted = is_known_network(account, security.network_of(address)) or not cache.add(
        marker, True, DAY
    )
    if is_counted:
        return Attempt((of_all, of_one))
    of_new = ratelimit.consume(request, app=APP, action=FROM_NEW, key=account)
    if of_new is None:
        cache.delete(marker)
        return None
    return Attempt((of_all, of_one, of_new), marker)


def forgive(request: HttpRequest, email: str) -> None:
    """Whoever has just reset the password by mail may give it at once, from where they are.

    What the address has failed elsewhere stays: a reset of one's own must not buy it new guesses.
    """
    key = _key(email.lower(), get_ip(request))
    ratelimit.clear(request, app=APP, action=BY_ACCOUNT, key=key)


def _key(account: str, address: str) -> str:
    return hashlib.sha256(f"{account} {address}".encode()).hexdigest()
