"""Fields that take a JSON value as it is: no number becomes text, no text becomes a boolean."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

NUL = r"\u0000"
"""Postgres does not hold it; DRF refuses it in every text."""

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
"""Controls, separators of lines, and what turns the text after it around, and so makes a name look
like another: the inside of a class of a regular expression, as ECMA-262 writes it."""

BLANK = r"\s\u001c-\u001f\u0085"
"""What is trimmed: Python takes more for blank than ECMA-262 does."""


class StringField(serializers.CharField):
    """JSON text, trimmed."""

    default_error_messages = {"not_text": "Must be text."}  # noqa: RUF012 - DRF reads it from the class

    def to_internal_value(self, data: Any) -> str:
        """The text, trimmed; blanks count for its length."""
        if not isinstance(data, str):
            self.fail("not_text")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class TextField(StringField):
    """JSON text without control characters; line breaks only where `lines` allows them."""

    default_error_messages = {  # noqa: RUF012 - DRF reads it from the class
        "control": "Must not contain control characters.",
    }

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        """Options as for CharField."""
        self.refused = CONTROL.replace(r"\u001f", r"\u0009\u000b-\u001f", 1) if lines else CONTROL
        super().__init__(**options)

    def run_validation(self, data: Any = empty) -> Any:
        """The text, trimmed; a blank one is looked at, too."""
        if isinstance(data, str) and re.search(f"[{self.refused}]", data):
            self.fail("control")
        return super().run_validation(data)


def is_number(data: Any) -> bool:
    """Whether a JSON value is a number: Python takes `true` for one."""
    return isinstance(data, int | float) and not isinstance(data, bool)


class WholeField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        """The number; neither "1" nor true."""
        if not is_number(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class NumberField(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        """The number; neither "0.5" nor true, nor one that no float is as large as."""
        if not is_number(data):
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")


class FlagField(serializers.BooleanField):
    """`true` or `false`; neither 1 nor "true"."""

    def to_internal_value(self, data: Any) -> bool:
        """The boolean itself."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
