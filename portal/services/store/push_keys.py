"""Push key of an installation: the pair by which it names itself to push services (VAPID, RFC 8292; adr/0176).

Browsers subscribe for its public half. Under another key none of them is reached any more.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

MARK_BYTES = 8


class BadPushKey(Exception):
    """The file holds no push key; the text says what it should hold, never what it does."""


@dataclass(frozen=True, slots=True)
class PushKey:
    """Private key of the curve P-256."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """Public half as browsers take it: an uncompressed point in base64url."""
        return base64.urlsafe_b64encode(self._point()).decode().rstrip("=")

    @property
    def mark(self) -> bytes:
        """Eight bytes that tell this key from any other."""
        return hashlib.sha256(self._point()).digest()[:MARK_BYTES]

    def _point(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )


def read(path: Path) -> PushKey | None:
    """Return the push key in a file (PEM, PKCS 8); None without a file, ``BadPushKey`` for any other content."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadPushKey(f"it cannot be read: {error.strerror}") from None
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadPushKey("it is no private key in PEM without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadPushKey("it is no key of the curve P-256")
    return PushKey(key)


def make(path: Path) -> PushKey:
    """Write a new push key, mode 0600, in the place of any former one; the file is one or the other, whole."""
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return PushKey(key)
