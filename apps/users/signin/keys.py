"""The RSA keys behind tokens: one signs, those that it followed still verify for a while.

They stand in one PEM text: the private key first, then the public half of each former key below a
line that says when it retired. At every use a file is looked at, and read again when it changed, so
that all processes that share it change keys at the same moment, without a restart.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from allauth.core.internal.jwkkit import jwk_thumbprint
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from jwt.algorithms import RSAAlgorithm

BLOCK = re.compile(
    r"(?:^Retired: (?P<retired>\S+)\n)?"
    r"(?P<pem>^-----BEGIN (?P<kind>[A-Z ]+)-----.+?^-----END (?P=kind)-----)",
    flags=re.MULTILINE | re.DOTALL,
)
BITS = 3072


@dataclass(frozen=True)
class VerifyingKey:
    """A key that verifies; one that retired does so until its last token has run out."""

    public: rsa.RSAPublicKey
    retired: datetime | None = None

    def is_good(self) -> bool:
        """Whether a token may still carry its signature."""
        return self.retired is None or timezone.now() < self.retired + longest_life()


@dataclass(frozen=True)
class Keys:
    """The key that signs, its id, and every key that verifies, by id."""

    signing: rsa.RSAPrivateKey
    kid: str
    verifying: Mapping[str, VerifyingKey]


def current() -> Keys:
    """The keys as they are now; ImproperlyConfigured when there is none that signs."""
    path = settings.JWT_KEYS_FILE  # type: ignore[misc]
    if not path:
        return _parse(settings.JWT_KEYS)  # type: ignore[misc]
    state = os.stat(path)  # noqa: PTH116 - at every request, and a Path takes longer than this
    return _read(path, state.st_mtime_ns, state.st_size)


def rotate() -> str:
    """Let a new key sign and the present one retire; gives the new key's id.

    The file is written in place: where it is mounted into a container, another would not be seen.
    """
    path = settings.JWT_KEYS_FILE  # type: ignore[misc]
    if not path:
        raise ImproperlyConfigured("Keys rotate in a file: set JWT_PRIVATE_KEY_FILE.")
    before = current()
    former = {
        **before.verifying,
        before.kid: VerifyingKey(before.signing.public_key(), timezone.now()),
    }
    new = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    text = _private_pem(new) + "".join(
        f"Retired: {key.retired.isoformat()}\n{_public_pem(key.public)}"
        for key in former.values()
        if key.retired and key.is_good()
    )
    with Path(path).open("r+", encoding="ascii") as file:
        file.write(text)
        file.truncate()
    return _kid(new.public_key())


def longest_life() -> timedelta:
    """How long a token is good at most."""
    return timedelta(seconds=settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN)  # type: ignore[misc]


@lru_cache(maxsize=4)
def _read(path: str, changed_ns: int, size: int) -> Keys:
    """The keys of a file as it is then: to read it each time is an eighth of what a token costs."""
    return _parse(Path(path).read_text(encoding="ascii"))


@lru_cache(maxsize=4)
def _parse(text: str) -> Keys:
    blocks = list(BLOCK.finditer(text))
    signing: object = None
    if blocks and blocks[0]["kind"].endswith("PRIVATE KEY"):
        signing = serialization.load_pem_private_key(blocks[0]["pem"].encode(), password=None)
    if not isinstance(signing, rsa.RSAPrivateKey):
        raise ImproperlyConfigured("JWT_PRIVATE_KEY must begin with an RSA private key in PEM.")
    verifying = {_kid(signing.public_key()): VerifyingKey(signing.public_key())}
    for block in blocks[1:]:
        public = serialization.load_pem_public_key(block["pem"].encode())
        if not isinstance(public, rsa.RSAPublicKey) or not block["retired"]:
            raise ImproperlyConfigured("JWT_PRIVATE_KEY: a former key is public, RSA and dated.")
        retired = datetime.fromisoformat(block["retired"])
        verifying[_kid(public)] = VerifyingKey(public, retired)
    return Keys(signing, _kid(signing.public_key()), verifying)


def _kid(public: rsa.RSAPublicKey) -> str:
    """The key's own fingerprint (RFC 7638)."""
    return str(jwk_thumbprint(json.loads(RSAAlgorithm.to_jwk(public))))


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
