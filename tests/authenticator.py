"""A passkey in software: answers a site's challenges as a browser with a security key does (WebAuthn level 3)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as encoded

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One credential on one device."""

    origin: str = "http://localhost"
    is_verifying: bool = True
    sign_count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str, **changes: Any) -> str:
        """Answer to a registration, as `JSON.stringify` gives it; `changes` lie about the origin or the challenge."""
        asked = json.loads(options)
        public = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32), -3: public.y.to_bytes(32)})
        credential = bytes(16) + len(self.id).to_bytes(2) + self.id + cose
        data = self._authenticator_data(asked["rp"]["id"], HAS_CREDENTIAL) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._client_data("webauthn.create", asked["challenge"], changes)
        return self._answer({"attestationObject": encoded(attestation), "transports": ["usb", "nonsense"]}, said)

    def get(self, options: str, **changes: Any) -> str:
        """Answer to a sign-in."""
        asked = json.loads(options)
        self.sign_count += 1
        data = self._authenticator_data(asked["rpId"])
        said = self._client_data("webauthn.get", asked["challenge"], changes)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"authenticatorData": encoded(data), "signature": encoded(signature)}, said)

    def _authenticator_data(self, host: str, more: int = 0) -> bytes:
        flags = USER_PRESENT | (USER_VERIFIED if self.is_verifying else 0) | more
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | changes
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any], client_data: bytes) -> str:
        named = {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(named | {"response": response | {"clientDataJSON": encoded(client_data)}})
