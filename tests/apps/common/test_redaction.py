"""Whatever goes wrong in production: no secret is in a log line or in what Sentry is sent."""

import gzip
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import signing
from sentry_sdk.envelope import Envelope

from config.redaction import HIDDEN, Redaction
from tests.architecture.sources import ROOT
from tests.architecture.test_environment import SOUND


def pem() -> str:
    """A private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, layout, plain).decode()


def planted(name: str) -> str:
    """A secret that no other text can hold by chance."""
    return f"{name}-{secrets.token_hex(8)}"


TOKEN = jwt.encode({"sub": "1"}, secrets.token_hex(32))
SESSION, CSRF = secrets.token_hex(16), secrets.token_hex(16)
PASSWORD, OLD, QUOTED = planted("Pass w0rd"), planted("old"), planted('it\'s "quoted"')
CODE, VERIFIER, STATE, OPAQUE = (planted(name) for name in ("c0de", "ver", "st", "opaque"))
SIGNED, RESET = signing.dumps(7, key="k"), f"5k-d0bk3c-{secrets.token_hex(16)}"
STORE = {name: planted(name) for name in ("postgres", "redis", "neo4j", "qdrant", "mail", "google")}
KEYS = {"JWT_PRIVATE_KEY": pem(), "APPLE_PRIVATE_KEY": pem()}
SECRET_KEY = secrets.token_urlsafe(60)

SECRETS = [
    *(TOKEN, SESSION, CSRF, PASSWORD, OLD, QUOTED, json.dumps(QUOTED)[1:-1], CODE, VERIFIER, STATE),
    *(OPAQUE, SIGNED, RESET, SECRET_KEY, *STORE.values()),
    *(line for key in KEYS.values() for line in key.splitlines()[1:-1]),
]
ENVIRONMENT = {
    **SOUND,
    **KEYS,
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "ALLOWED_HOSTS": "testserver",
    "SECRET_KEY": SECRET_KEY,
    "DATABASE_URL": f"postgres://cinemesh:{STORE['postgres']}@127.0.0.1:1/cinemesh",
    "REDIS_URL": f"redis://:{STORE['redis']}@127.0.0.1:1/0",
    "NEO4J_PASSWORD": STORE["neo4j"],
    "QDRANT_API_KEY": STORE["qdrant"],
    "EMAIL_PASSWORD": STORE["mail"],
    "GOOGLE_CLIENT_ID": "google",
    "GOOGLE_CLIENT_SECRET": STORE["google"],
    **{f"APPLE_{name}_ID": "apple" for name in ("CLIENT", "TEAM", "KEY")},
}
PROGRAM = "import django; django.setup(); from tests.apps.common import telltale; telltale.main()"
APP = "/_allauth/app/v1"
BODIES: dict[str, dict[str, Any]] = {
    f"{APP}/auth/login": {"email": "ana@example.com", "password": PASSWORD},
    f"{APP}/account/password/change": {"current_password": OLD, "new_password": QUOTED},
    f"{APP}/auth/password/reset": {"key": RESET, "password": PASSWORD},
    f"{APP}/auth/email/verify": {"key": SIGNED},
    f"{APP}/auth/2fa/authenticate": {"code": CODE},
    f"{APP}/auth/provider/token": {"provider": "google", "token": {"id_token": OPAQUE}},
    f"{APP}/tokens/refresh": {"refresh_token": TOKEN},
    "/accounts/tokens/": {"code": CODE, "code_verifier": VERIFIER},
    f"/account/password/reset/key/{RESET}": {"password": PASSWORD},
    f"/account/verify-email/{SIGNED}": {"csrfmiddlewaretoken": CSRF},
    f"/exports/{SIGNED}": {},
    f"/accounts/google/login/callback/?{urlencode({'state': STATE, 'code': CODE})}": {},
}
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Cookie": f"sessionid={SESSION}; __Host-csrftoken={CSRF}",
    "X-Session-Token": SESSION,
    "X-Email-Verification-Key": SIGNED,
    "X-Password-Reset-Key": RESET,
    "X-Forwarded-Proto": "https",
}


def requests() -> Iterator[dict[str, Any]]:
    """Each where it belongs, with every store away, and again where all of it is told."""
    for path, body in BODIES.items():
        query = path.partition("?")[2]
        for place in (path, f"/telltale?{query}", f"/telltale?next={path}"):
            asked = {"path": place, "headers": HEADERS}
            yield {**asked, "type": "application/json", "body": json.dumps(body)}
            if "id_token" not in str(body):
                form = {"type": "application/x-www-form-urlencoded", "body": urlencode(body)}
                yield {**asked, **form}


class Told(NamedTuple):
    """What a run has let out."""

    log: str
    events: list[dict[str, Any]]
    sent: str


@pytest.fixture(scope="module")
def told() -> Told:
    """All requests, handled by a process that reports to a Sentry of our own."""
    received: list[bytes] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            received.append(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: object) -> None:
            """Nothing: the test's output is of its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Sentry) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        dsn = f"http://public@127.0.0.1:{server.server_port}/1"
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input="\n".join(map(json.dumps, requests())),
            env={"PATH": os.environ["PATH"], **ENVIRONMENT, "SENTRY_DSN": dsn},
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=200,
        )  # fmt: skip
        server.shutdown()
    assert run.returncode == 0, run.stderr[-2_000:]
    envelopes = [Envelope.deserialize(body) for body in received]
    events = [event for one in envelopes if (event := one.get_event()) is not None]
    return Told(run.stdout + run.stderr, events, b"\n".join(received).decode())


def leaked(text: str) -> list[str]:
    """Which secrets a text holds: as they are, and as they look in a form or quoted."""
    spelled = {way for one in SECRETS for way in (one, urlencode({"": one})[1:], repr(one)[1:-1])}
    return [one for one in spelled if one in text]


def test_sentry_is_told_what_went_wrong_and_no_secret(told: Told) -> None:
    errors = [event["exception"]["values"][-1] for event in told.events if "exception" in event]
    names = {event.get("transaction") for event in told.events}
    asked = list(requests())
    assert sum("No answer for" in error["value"] for error in errors) >= len(asked)
    assert {"/telltale", "telltale"} <= names
    assert told.sent.count(HIDDEN) > len(asked)
    assert leaked(told.sent) == []


def test_the_logs_of_web_and_workers_hold_no_secret(told: Told) -> None:
    asked = list(requests())
    web = told.log.count("ERROR django.request Internal Server Error: /telltale")
    assert web == sum(one["path"].startswith("/telltale") for one in asked)
    assert told.log.count("Task telltale[") == len(asked)
    assert told.log.count(HIDDEN) > len(asked)
    assert leaked(told.log) == []


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/v1/movies/42/similar/?limit=20",
        "graph is away: No answer in time.",
        "postgres://db/cinemesh at 127.0.0.1:5432",
        "key 1:42 is parked for movies.rating",
        "Task movies.sweep[3ebba31c-7f0c-4ba2-a5ba-eb70dc5abe8b] succeeded in 0.1s: None",
    ],
)
def test_all_else_stays(settings: Any, line: str) -> None:
    assert settings.REDACTION(line) == line


@pytest.mark.parametrize("part", ["a", "a:", "password", "x_key", "://", "password='", "\\", '"'])
def test_a_long_text_takes_no_long_time(settings: Any, part: str) -> None:
    assert isinstance(Redaction(settings.ENVIRONMENT)(part * 100_000), str)
