"""A passkey in software: makes a credential, and signs what a login asks."""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

ORIGIN, RP_ID = "https://testserver", "testserver"
FLAGS = AuthenticatorData.FLAG
CREDENTIAL_ID = b"a-credential-of-the-test"


class Authenticator:
    """Holds one key; `origin` is the page that it believes to be on."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())

    def register(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The credential for the options of a registration."""
        public = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(Aaguid.NONE, CREDENTIAL_ID, public)
        data = self._data(FLAGS.UP | FLAGS.UV | FLAGS.AT, bytes(made))
        attestation = AttestationObject.create("none", data, {})
        return self._credential(
            {
                "clientDataJSON": self._client("webauthn.create", asked["challenge"]),
                "attestationObject": bytes(attestation),
            }
        )

    def sign_in(self, asked: dict[str, Any], user_id: bytes) -> dict[str, Any]:
        """The assertion for the options of a login."""
        data = self._data(FLAGS.UP | FLAGS.UV, None)
        client = self._client("webauthn.get", asked["challenge"])
        signed = bytes(data) + hashlib.sha256(client).digest()
        return self._credential(
            {
                "clientDataJSON": client,
                "authenticatorData": bytes(data),
                "signature": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
                "userHandle": user_id,
            }
        )

    def _data(self, flags: Any, made: bytes | None) -> AuthenticatorData:
        return AuthenticatorData.create(
            hashlib.sha256(RP_ID.encode()).digest(), flags, 1, made or b""
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, bytes]) -> dict[str, Any]:
        return {
            "type": "public-key",
            "id": websafe_encode(CREDENTIAL_ID),
            "rawId": websafe_encode(CREDENTIAL_ID),
            "response": {name: websafe_encode(value) for name, value in response.items()},
            "clientExtensionResults": {"credProps": {"rk": True}},
        }
