"""The passwords and keys of one stack: made once, kept in files that only their owner reads."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from infra.embedded.errors import EmbeddedError
from infra.embedded.layout import Layout


def _token() -> str:
    return secrets.token_hex(24)


@dataclass(frozen=True)
class Credentials:
    """Every secret of one stack; letters and digits only, so that URLs need no quoting."""

    django_secret_key: str = field(default_factory=lambda: secrets.token_hex(40), repr=False)
    postgres_admin: str = field(default_factory=_token, repr=False)
    postgres: str = field(default_factory=_token, repr=False)
    valkey: str = field(default_factory=_token, repr=False)
    neo4j: str = field(default_factory=_token, repr=False)
    vectors: str = field(default_factory=_token, repr=False)
    flower: str = field(default_factory=_token, repr=False)
    demo: str = field(default_factory=_token, repr=False)


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader finds the old text or the new one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def load_credentials(layout: Layout) -> Credentials:
    """The stack's secrets, made at the first call; new kinds are added to an older file."""
    path = layout.secrets_file
    known: dict[str, str] = {}
    if path.exists():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise EmbeddedError(
                f"{path} is damaged. Restore it, or run `make reset` to start afresh."
            ) from error
    names = {one.name for one in fields(Credentials)}
    credentials = Credentials(**{name: known[name] for name in names & known.keys()})
    if known != asdict(credentials):
        write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return credentials


def jwt_key_file(layout: Layout) -> Path:
    """The RSA key that signs access tokens, PEM, made at the first call."""
    path = layout.secrets / "jwt-private.pem"
    if not path.exists():
        from cryptography.hazmat.primitives import serialization  # for a first start alone
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, pem.decode("ascii"))
    return path


def vectors_key_file(layout: Layout, credentials: Credentials) -> Path:
    """The file from which the vector service reads its API key."""
    path = layout.secrets / "vectors-api-key"
    if not path.exists() or path.read_text(encoding="utf-8") != credentials.vectors:
        write_private(path, credentials.vectors)
    return path
