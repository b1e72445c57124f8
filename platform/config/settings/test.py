"""Settings of the test suite, whose stores get their addresses when they start."""

import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config import env
from config.settings import base

STORES = {
    "DATABASE_URL": "postgres://cinemesh@127.0.0.1:1/cinemesh",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "NEO4J_URI": "bolt://127.0.0.1:1",
    "NEO4J_PASSWORD": "unset",
    "QDRANT_URL": "http://127.0.0.1:1",
}
"""Addresses that nobody answers, for checks that need no store; tests/conftest.py sets the real."""

_key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
_source = {**STORES, "JWT_PRIVATE_KEY": _key.decode(), **os.environ}
globals().update(base.settings(env.read(_source, development=True)))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
ADMIN_SECOND_FACTOR = False  # tests of the admin's door turn it on
RATE_LIMITS: dict[str, tuple[int, int]] = {}  # tests of limits set their own
WHITENOISE_AUTOREFRESH = True  # looks files up when asked: nothing has collected them
# Two test processes and eight stores share the cores: what a store says is tested, not how soon.
# Tests of a silent store ask for the fixture `visitors_wait`, which sets what visitors have.
STORE_READ_SECONDS = 3.0
