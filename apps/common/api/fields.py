"""Fields that take a JSON value as it is: no number becomes text, no text becomes a boolean."""

import unicodedata
from typing import Any

from rest_framework import serializers

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the text after them around, and so make a name look like another."""


class TextField(serializers.CharField):
    """JSON text without control characters; line breaks only where `lines` allows them."""

    default_error_messages = {  # noqa: RUF012 - DRF reads it from the class
        "not_text": "Must be text.",
        "control": "Must not contain control characters.",
    }

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        """Options as for CharField."""
        self._lines = lines
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        """The text, trimmed."""
        if not isinstance(data, str):
            self.fail("not_text")
        text = super().to_internal_value(data)
        if any(self._is_refused(character) for character in text):
            self.fail("control")
        return text

    def _is_refused(self, character: str) -> bool:
        if character == "\n" and self._lines:
            return False
        return character in _BIDI or unicodedata.category(character) in {"Cc", "Zl", "Zp"}


class FlagField(serializers.BooleanField):
    """`true` or `false`; neither 1 nor "true"."""

    def to_internal_value(self, data: Any) -> bool:
        """The boolean itself."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
