"""A browser as a push service knows it: its keys, what it says of its subscription, and how it reads a message."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

AUTH = b"sixteen bytes ok"


def encode(data: bytes) -> str:
    """Base64url without padding, as browsers write it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class PushBrowser:
    """Browser that subscribed at ``endpoint``."""

    endpoint: str = "https://fcm.googleapis.com/fcm/send/a-browser"
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def key(self) -> bytes:
        """Public key, as 65 bytes."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def say(self, **changed: Any) -> str:
        """What ``PushSubscription.toJSON()`` gives, with parts of it changed."""
        keys = {"p256dh": encode(self.key), "auth": encode(AUTH)} | changed.pop("keys", {})
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys} | changed)

    def read(self, body: bytes) -> dict[str, Any]:
        """The message in a body of the push service."""
        text = http_ece.decrypt(body, private_key=self.private, auth_secret=AUTH, version="aes128gcm")
        said: dict[str, Any] = json.loads(text)
        return said
