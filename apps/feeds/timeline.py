"""The home timelines in Valkey: all access to them, in the words of feeds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import batched
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as ValkeyConnectionError,
)
from redis.exceptions import (
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import (
    TimeoutError as ValkeyTimeoutError,
)
from redis.retry import Retry

from apps.common.breaker import Breaker
from apps.common.errors import StoreUnavailable
from apps.feeds import scripts
from apps.movies.selectors.activity import Position
