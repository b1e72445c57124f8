"""What is a secret, or looks like one, is in no log line and in nothing that Sentry is sent.

Ours are known by their value, those of members and providers by their name or their shape.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import unquote

HIDDEN = "[hidden]"
SHORTEST = 8
"""A secret of ours with fewer characters is not looked for: it would be found in every text."""

_NAMES = (
    r"[\w-]{0,40}(?:passw|secret|token|authorization|cookie|credential|session_?id|verifier"
    r"|(?<!public)[_-]key)[\w-]{0,40}+"
)
_WORDS = "key|code|state"  # too common to hide whatever follows one
_NAME = re.compile(rf"{_NAMES}|{_WORDS}", re.IGNORECASE)
_QUOTE = r"\\{0,4}[\"']"
_BARE = r"[^\s&;,\"'\\(){}\[\]]+"
_SHAPES = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), rf"\g<1>{HIDDEN}")
    for pattern in (
        r"(://[^\s/@:\"']*:)[^\s/\"']+(?=@)",  # an address with a password
        r"(\b(?:bearer|basic) )[\w.~+/=-]+",
        r"()\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}",  # a JSON web token
        r"(:|%3A)[0-9a-z]{6}(?::|%3A)[\w-]{43}\b",  # the signature that Django puts on links
        r"()\b[0-9a-z]+-[0-9a-z]{6}-[0-9a-f]{32}\b",  # the key of a reset
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)",
        rf"((?:({_QUOTE})(?:{_NAMES}|{_WORDS})\2|(?<![\w-]){_NAMES})\s*[:=]\s*\[?b?)"
        rf"(?:({_QUOTE})(?:(?!\3)(?:\\.|.))*(?:\3)?|{_BARE})",
        rf"((?<![\w-])(?:{_WORDS})=){_BARE}",
    )
)


class Redaction:
    """Hides secrets: those of one environment, and all that look like one."""

    def __init__(self, environment: Any) -> None:
        """`environment` is a dataclass, whose secrets are the fields that its `repr` leaves out."""
        known = sorted({word for word in _secrets(environment) if len(word) >= SHORTEST}, key=len)
        ours = re.compile("|".join(re.escape(word) for word in reversed(known)) or r"(?!)")
        self._patterns = ((ours, HIDDEN), *_SHAPES)

    def __call__(self, value: Any) -> Any:
        """The same text, or mapping or list of such, without its secrets."""
        if isinstance(value, str):
            for pattern, hidden in self._patterns:
                value = pattern.sub(hidden, value)
            return value
        if isinstance(value, Mapping):
            return {
                self(name): HIDDEN if _NAME.fullmatch(str(name)) else self(inner)
                for name, inner in value.items()
            }
        return [self(inner) for inner in value] if isinstance(value, list | tuple) else value


class Formatter(logging.Formatter):
    """Writes a line, and the traceback below it, without secrets; as another formatter would."""

    def __init__(
        self, format: str, redaction: Redaction, inner: logging.Formatter | None = None
    ) -> None:
        """`inner` writes the line; without one it is written by `format`."""
        super().__init__(format)
        self.redaction, self.inner = redaction, inner or logging.Formatter(format)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: str = self.redaction(self.inner.format(record))
        return line


def _secrets(value: Any) -> Iterator[str]:
    for field in fields(value):
        inner = getattr(value, field.name)
        if is_dataclass(inner):
            yield from _secrets(inner)
        elif not field.repr and inner:
            for text in (inner,) if isinstance(inner, str) else inner:
                passwords = re.findall(r"://[^/@]*:([^/]+)@", text)
                yield from (text, *passwords, *map(unquote, passwords))
