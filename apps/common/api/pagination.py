"""Cursor pages: opaque, sealed, and stable while rows are added.

A cursor holds the sort key of the last row that was looked at; the next page asks for what sorts
after it. That row may be hidden from the viewer, so a cursor is encrypted, and not only signed.
"""

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac
from rest_framework import serializers

from apps.common.api.inputs import Input
from apps.common.errors import InvalidInput

T = TypeVar("T")

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


class PageInput(Input):
    """`?cursor=&limit=`: where to go on, and how many at most (1 to 100, 20 by default)."""

    cursor = serializers.CharField(required=False, max_length=2000)
    limit = serializers.IntegerField(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT
    )


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page if there is one."""

    items: Sequence[T]
    next: str | None

    def body(self, show: Callable[[T], Any], **extra: Any) -> dict[str, Any]:
        """The page as a client sees it."""
        return {"items": [show(item) for item in self.items], "next": self.next, **extra}


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]], kind: str) -> Page[T]:
    """A page of at most `limit` from rows that were asked for with one more than `limit`."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, encode_cursor(kind, key(shown[-1])) if more and shown else None)


def encode_cursor(kind: str, position: Sequence[Any]) -> str:
    """A sealed position in the listing `kind`; the same one always looks the same."""
    sealed = _cipher(settings.SECRET_KEY).encrypt(
        orjson.dumps([*position], default=str), [kind.encode()]
    )
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str | None) -> list[Any] | None:
    """The position that `encode_cursor` sealed for `kind`; InvalidInput for any other text."""
    if not cursor:
        return None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(InvalidTag, ValueError):
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            position: list[Any] = orjson.loads(_cipher(secret).decrypt(sealed, [kind.encode()]))
            return position
    message = "Not a cursor of this listing. Start again without it."
    raise InvalidInput(fields={"cursor": message})


@lru_cache
def _cipher(secret: str) -> AESSIV:
    """AES-SIV (RFC 5297), which needs no nonce: a page must not change its ETag by itself."""
    return AESSIV(salted_hmac("cursor", "", secret, algorithm="sha512").digest())
