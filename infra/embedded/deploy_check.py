"""Runs Django's deployment checks on the production settings, with secrets made for the moment."""

import os
import secrets
import subprocess
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.embedded.layout import ROOT


def main() -> int:
    """The exit code of `manage.py check --deploy`, where a warning is a failure."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    password = secrets.token_hex(24)
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "JWT_PRIVATE_KEY": pem.decode("ascii"),
        "ALLOWED_HOSTS": "cinemesh.example",
        "WEB_URL": "https://cinemesh.example",
        "DATABASE_URL": f"postgres://cinemesh:{password}@127.0.0.1:1/cinemesh",
        "REDIS_URL": f"redis://:{password}@127.0.0.1:1/0",
        "NEO4J_URI": "bolt://127.0.0.1:1",
        "NEO4J_USER": "neo4j",
        "NEO4J_PASSWORD": password,
        "QDRANT_URL": "http://127.0.0.1:1",
        "QDRANT_API_KEY": password,
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
