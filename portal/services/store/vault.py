"""Keys and passwords at rest: Argon2id sealed under a pepper that is in no database or backup.

Source: docs/security.md, "Keys at rest".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .places import Full, Places
from .refusals import Busy

# Hashes at once in a process; on a machine as many as it has processors, and no fewer.
SLOTS = 2
SLOT_WAIT_SECONDS = 2.0
NONCE_BYTES = 12
SELECTOR_BYTES = 2


class Vault:
    """Seals and verifies secrets. A sealed value is bound to its owner: moved to another row it no longer opens.

    The processes of a machine share the places for hashes by files in ``folder``; without one each counts its own.
    """

    def __init__(self, pepper: bytes, *, folder: Path | None = None) -> None:
        self._seal = AESGCM(_derive(pepper, b"portal seal"))
        self._selector_key = _derive(pepper, b"portal web key selector")
        self._recovery_key = _derive(pepper, b"portal recovery codes")
        self.audit_key = _derive(pepper, b"portal audit chain")
        self.anchor_key = _derive(pepper, b"portal anchors")
        self.statement_key = _derive(pepper, b"portal month statement")
        self.receipt_key = _derive(pepper, b"portal nomination receipt")
        self.case_key = _derive(pepper, b"portal case state")
        # Identifies a pepper without revealing anything else about it.
        self.fingerprint = _derive(pepper, b"portal pepper fingerprint")
        self._keys = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._passwords = PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)
        self._places = Places(folder, in_process=SLOTS, on_machine=max(SLOTS, os.cpu_count() or SLOTS))
        self._decoys: dict[str, bytes] = {}

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places for a hash, of the process and of the machine; ``Busy`` after 2 s of waiting.

        Taken before an attempt is charged, so that a full house costs nobody an attempt.
        """
        with ExitStack() as held:
            try:
                held.enter_context(self._places.taken(seconds=SLOT_WAIT_SECONDS))
            except Full:
                raise Busy from None
            yield

    def seal_key(self, key: str, owner: str) -> bytes:
        """Return the sealed hash of a normalised access key; ``owner`` names the opened thing and its version."""
        return self._close(self._keys.hash(key), owner)

    def key_matches(self, sealed: bytes, key: str, owner: str) -> bool:
        """Tell whether ``key`` is the one sealed for ``owner``; takes about 20 ms in both cases."""
        return self._matches(self._keys, sealed, key, owner)

    def seal_password(self, password: str, owner: str) -> bytes:
        """Return the sealed hash of a password (NFC text)."""
        return self._close(self._passwords.hash(password), owner)

    def password_matches(self, sealed: bytes | None, password: str, owner: str) -> bool:
        """Tell whether the password fits; False, in the same time, without account or password (empty ``sealed``)."""
        # Made here for both branches: otherwise a process's first unknown account would take twice as long.
        decoy = self._decoy("password", self._passwords)
        if not sealed:
            self._matches(self._passwords, decoy, password, "password")
            return False
        return self._matches(self._passwords, sealed, password, owner)

    def spend_key_time(self, key: str) -> None:
        """Spend the time of one key check on a decoy, so that the answer is no quicker."""
        self._matches(self._keys, self._decoy("key", self._keys), key, "key")

    def recovery_hash(self, code: str, owner: str) -> bytes:
        """Return the stored HMAC of a normalised recovery code of ``owner``; fifty random bits need no slow hash."""
        return hmac.digest(self._recovery_key, f"{owner}:{code}".encode(), hashlib.sha256)

    def seal_secret(self, secret: str, owner: str) -> bytes:
        """Return a secret that must be readable again (a second factor's), sealed for ``owner``."""
        return self._close(secret, owner)

    def open_secret(self, sealed: bytes, owner: str) -> str | None:
        """Return the secret sealed for ``owner``; None when sealed for another owner or changed."""
        try:
            return self._open(sealed, owner)
        except InvalidTag:
            return None

    def seal_bytes(self, data: bytes, owner: str) -> bytes:
        """Return bytes sealed for ``owner``, to be handed out and checked on return."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, data, owner.encode())

    def open_bytes(self, sealed: bytes, owner: str) -> bytes | None:
        """Return the bytes sealed for ``owner``; None when sealed for another owner or changed."""
        if len(sealed) <= NONCE_BYTES:
            return None
        try:
            return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
        except InvalidTag:
            return None

    def selector(self, web_key: str) -> bytes:
        """Return the two bytes that find the few candidates for a web key."""
        return hmac.digest(self._selector_key, web_key.encode(), hashlib.sha256)[:SELECTOR_BYTES]

    def _decoy(self, name: str, hasher: PasswordHasher) -> bytes:
        if name not in self._decoys:
            self._decoys[name] = self._close(hasher.hash(secrets.token_hex(16)), name)
        return self._decoys[name]

    def _close(self, text: str, owner: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, text.encode(), owner.encode())

    def _open(self, sealed: bytes, owner: str) -> str:
        return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode()).decode()

    def _matches(self, hasher: PasswordHasher, sealed: bytes, secret: str, owner: str) -> bool:
        try:
            return hasher.verify(self._open(sealed, owner), secret)
        except (InvalidTag, VerificationError, InvalidHashError):
            return False


def _derive(pepper: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(pepper)
