"""Settings of the test suite, whose stores get their addresses when they start."""

import os

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

globals().update(base.settings(env.read({**STORES, **os.environ}, development=True)))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
