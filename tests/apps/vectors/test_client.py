"""Plain questions over TLS: asked with the key, and of nobody whose certificate is not trusted."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.vectors import client

KEY = "key-of-the-store"  # pragma: allowlist secret


class Echo(BaseHTTPRequestHandler):
    """Answers what it was asked, and with which key."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"path": self.path, "key": self.headers["api-key"], "body": body}
        answer = orjson.dumps({"result": told})
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of localhost that nobody signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "localhost.pem"
    path.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def store_behind_tls(
    certificate: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A server with that certificate, which the settings name as Qdrant."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    environment = django_settings.ENVIRONMENT
    url = f"https://localhost:{server.server_port}/behind/a/proxy/"
    settings.ENVIRONMENT = replace(
        environment, qdrant=replace(environment.qdrant, url=url, api_key=KEY)
    )
    ours = client.connection()
    monkeypatch.setattr(client, "connection", cache(lambda: replace(ours, plain=client.Plain())))
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def ask() -> object:
    with client.translated():
        return client.ask("films-g1", "points", {"text": "x" * 5_000})


def test_a_question_goes_over_tls_with_the_key(
    store_behind_tls: None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    path = "/behind/a/proxy/collections/films-g1/points"
    assert ask() == {"path": path, "key": KEY, "body": {"text": "x" * 5_000}}


def test_nobody_without_a_trusted_certificate_is_asked(store_behind_tls: None) -> None:
    with pytest.raises(client.Away, match="certificate") as refused:
        ask()
    assert KEY not in str(refused.value)
