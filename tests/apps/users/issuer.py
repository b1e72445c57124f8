"""A local OpenID Connect issuer that speaks as Google and as Apple do, over real HTTP."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from config.env import SignIn

KID = "current"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APPLE_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
CLIENT_IDS = {"google": "web.apps.googleusercontent.com", "apple": "org.example.films.web"}


class Issuer:
    """Whoever signs in is `person`; `refresh_tokens` says what Apple was asked to revoke."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (Handler,), {"issuer": self})
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.reset()
        self.thread.start()

    def reset(self) -> None:
        """Forget everyone."""
        self.person: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}
        self.name: dict[str, Any] | None = None
        self.asked: dict[str, dict[str, str]] = {}
        self.revoked: list[str] = []

    def stop(self) -> None:
        """End the server's thread."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def settings(self) -> SignIn:
        """Keys as the environment would give them."""
        return SignIn(
            redirects=("films://signed-in",),
            google_client_id=CLIENT_IDS["google"],
            google_client_secret="google-secret",
            google_native_client_ids=("ios.apps.googleusercontent.com",),
            apple_client_id=CLIENT_IDS["apple"],
            apple_team_id="TEAM123456",
            apple_key_id="KEY1234567",
            apple_private_key=APPLE_KEY,
            apple_native_client_ids=("org.example.films",),
            issuer_url=self.url,
        )

    def id_token(
        self,
        provider: str,
        nonce: str,
        *,
        key: Any = KEY,
        alg: str = "RS256",
        kid: str = KID,
        **changes: Any,
    ) -> str:
        """An ID token of `person`; a claim that is changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/{provider}",
            "aud": CLIENT_IDS[provider],
            "iat": now,
            "exp": now + 600,
            "nonce": nonce,
            "email_verified": True,
            "jti": secrets.token_hex(8),
            **self.person,
            **self.changes,
            **changes,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key, alg, headers={"kid": kid})

    def authorize(self, asked: dict[str, str]) -> str:
        """The code for a person who has agreed."""
        code = secrets.token_hex(8)
        self.asked[code] = asked
        return code

    def answer(self, provider: str, form: dict[str, str]) -> dict[str, Any] | None:
        """What the token endpoint says; None refuses."""
        asked = self.asked.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        if (asked["client_id"], asked["redirect_uri"]) != (form["client_id"], form["redirect_uri"]):
            return None
        answer = {
            "access_token": secrets.token_hex(8),
            "id_token": self.id_token(provider, asked.get("nonce", "")),
            "expires_in": 3600,
        }
        return answer | ({"refresh_token": "apple-refresh"} if provider == "apple" else {})


class Handler(BaseHTTPRequestHandler):
    """One request to the issuer that the class of the handler names."""

    issuer: Issuer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        _, provider, what = url.path.split("/", 2)
        if what == "authorize":
            self._authorize(provider, dict(parse_qsl(url.query)))
            return
        jwk = {**json.loads(RSAAlgorithm.to_jwk(KEY.public_key())), "kid": KID, "use": "sig"}
        base = f"{self.issuer.url}/{provider}"
        known = {
            "keys": {"keys": [{**jwk, "alg": "RS256"}]},
            ".well-known/openid-configuration": {"issuer": base, "jwks_uri": f"{base}/keys"},
        }
        self._say(known.get(what, {}), 200 if what in known else 404)

    def _authorize(self, provider: str, asked: dict[str, str]) -> None:
        back = {"code": self.issuer.authorize(asked), "state": asked["state"]}
        if provider == "google":
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
            self.end_headers()
            return
        name = {"user": json.dumps(self.issuer.name)} if self.issuer.name is not None else {}
        self._say({"action": asked["redirect_uri"], "form": {**back, **name}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body))
        if self.path.endswith("/revoke"):
            self.issuer.revoked.append(form["token"])
            self._say({})
            return
        answer = self.issuer.answer(self.path.split("/")[1], form)
        self._say(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    def _say(self, answer: object, status: int = 200) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
