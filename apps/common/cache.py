"""The cache fails open: without Valkey every look-up is a miss, at once, and nothing is kept.

What is limited through the cache (allauth's attempts at login and sign-up) is then not limited.
That is the lesser harm: a cache that is away must not lock everybody out.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from apps.common.breaker import Breaker, visitors_wait
from apps.common.errors import StoreUnavailable

T = TypeVar("T")

breaker = Breaker("cache", errors=(RedisError, OSError), deadline=visitors_wait, threshold=1)
"""One for all threads: the first call that gets no answer spares the others the wait."""


class FailOpenCache(RedisCache):
    """Django's Redis cache whose every call ends within 200 ms and never raises for the store."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        """One retry at once, for a connection that Valkey's restart left stale; no waiting."""
        defaults = {
            "socket_timeout": breaker.deadline,
            "socket_connect_timeout": breaker.deadline,
            "retry": Retry(NoBackoff(), 1),
        }
        options = {**defaults, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """True when Valkey is away: to whoever takes a lock with it, the lock is theirs."""
        return _or(lambda: super(FailOpenCache, self).add(key, value, timeout, version), True)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The default when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).get(key, default, version), default)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Keeps nothing when Valkey is away."""
        _or(lambda: super(FailOpenCache, self).set(key, value, timeout, version), None)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """False, as for a missing key, when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).touch(key, timeout, version), False)

    def delete(self, key: str, version: int | None = None) -> bool:
        """False, as for a missing key, when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).delete(key, version), False)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[str, Any]:
        """Nothing found when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).get_many(keys, version), {})

    def has_key(self, key: str, version: int | None = None) -> bool:
        """False when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).has_key(key, version), False)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The delta, as for a counter that starts now, when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).incr(key, delta, version), delta)

    def set_many(
        self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """All keys failed when Valkey is away."""
        return _or(lambda: super(FailOpenCache, self).set_many(data, timeout, version), list(data))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Deletes nothing when Valkey is away."""
        _or(lambda: super(FailOpenCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        """Clears nothing when Valkey is away."""
        _or(lambda: super(FailOpenCache, self).clear(), None)


def run_script(script: str, keys: Sequence[str], arguments: Sequence[int]) -> Any:
    """What a Lua script of ours gives, or None when Valkey is away."""
    cache = cast("FailOpenCache", caches["default"])
    names = [cache.make_and_validate_key(key) for key in keys]
    client = cache._cache.get_client(write=True)
    return _or(lambda: client.register_script(script)(names, arguments), None)


def _or(work: Callable[[], T], otherwise: T) -> T:
    try:
        return breaker.call(work)
    except StoreUnavailable:
        return otherwise
