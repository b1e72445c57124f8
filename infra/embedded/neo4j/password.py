"""The first password of Neo4j's administrator, in the form that its own admin tool writes."""

import hashlib
import secrets

_ROUNDS = 1024


def first_password_line(user: str, password: str) -> str:
    """The content of `data/dbms/auth.ini`, which Neo4j reads at its first start alone."""
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"{user}:SHA-256,{digest.hex()},{salt.hex()},{_ROUNDS}:\n"
