"""Authenticator of passkeys in software: what a telephone or computer answers to the options of a ceremony.

    device = Authenticator()
    answer = device.create(options, origin="http://localhost")
    answer = device.get(options, origin="http://localhost")

What an honest one never does is asked for by name: another challenge or site, no verified person, a count that stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """One credential with its private key (ES256), made anew by each ``create``."""

    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def create(self, options: dict[str, Any], *, origin: str, **odd: Any) -> str:
        """Answer ``navigator.credentials.create`` without attestation."""
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(key)
        said = self._data(odd.pop("site", options["rp"]["id"]), ATTESTED, odd) + credential
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        client = self._client("webauthn.create", options, origin, odd)
        return self._answer({"clientDataJSON": encode(client), "attestationObject": encode(made)})

    def get(self, options: dict[str, Any], *, origin: str, **odd: Any) -> str:
        """Answer ``navigator.credentials.get``."""
        said = self._data(odd.pop("site", options["rpId"]), 0, odd)
        client = self._client("webauthn.get", options, origin, odd)
        signature = self.key.sign(said + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": encode(client),
                "authenticatorData": encode(said),
                "signature": encode(odd.get("signature", signature)),
            }
        )

    def _data(self, site: str, flags: int, odd: dict[str, Any]) -> bytes:
        if self.counts and not odd.get("stands"):
            self.count += 1
        flags |= PRESENT | (0 if odd.get("unverified") else VERIFIED)
        return hashlib.sha256(site.encode()).digest() + struct.pack(">BI", flags, self.count)

    @staticmethod
    def _client(kind: str, options: dict[str, Any], origin: str, odd: dict[str, Any]) -> bytes:
        challenge = odd.get("challenge", options["challenge"])
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
