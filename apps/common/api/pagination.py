"""Cursor pages: opaque, signed, and stable while rows are added.

A cursor holds the sort key of the last row shown; the next page asks for what sorts after it.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from django.core.signing import BadSignature, Signer
from rest_framework import serializers

from apps.common.api.inputs import Input
from apps.common.errors import InvalidInput

T = TypeVar("T")

MAX_LIMIT = 100
DEFAULT_LIMIT = 20

_signer = Signer(salt="cursor")


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
    """A signed position in the listing `kind`."""
    text = orjson.dumps([_mark(kind), *position], default=str).decode()
    return base64.urlsafe_b64encode(_signer.sign(text).encode()).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str | None) -> list[Any] | None:
    """The position that `encode_cursor` signed; InvalidInput for any other text."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, *position = orjson.loads(_signer.unsign(base64.urlsafe_b64decode(padded).decode()))
    except (BadSignature, binascii.Error, ValueError):
        message = "Not a cursor of this server. Start again without it."
        raise InvalidInput(fields={"cursor": message}) from None
    if found != _mark(kind):
        raise InvalidInput(fields={"cursor": "This cursor belongs to another listing."})
    return list(position)


def _mark(kind: str) -> str:
    """A listing with its filters, short: a cursor must not grow with them."""
    return hashlib.blake2b(kind.encode(), digest_size=6).hexdigest()
