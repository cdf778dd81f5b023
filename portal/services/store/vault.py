"""Keys and passwords at rest: Argon2id sealed under a pepper that is in no database or backup.

Source: docs/security.md, "Keys at rest".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .places import Full, Places
from .refusals import Busy
from .rotations import Followed, Secret

# Hashes at once in a process; on a machine as many as it has processors, and no fewer.
SLOTS = 2
SLOT_WAIT_SECONDS = 2.0
NONCE_BYTES = 12
SELECTOR_BYTES = 2


# Derived keys that prove what was written or printed long ago: they outlive the pepper (docs/adr/0155).
PROOFS = {
    "audit": b"portal audit chain",
    "anchor": b"portal anchors",
    "statement": b"portal month statement",
    "receipt": b"portal nomination receipt",
    "case": b"portal case state",
}
# Derived keys of stored hashes whose plain text nobody has: a successor's hash is made of its predecessor's.
LAYERS = {"selector": b"portal web key selector", "recovery": b"portal recovery codes"}


class Vault:
    """Seals and verifies secrets. A sealed value is bound to its owner: moved to another row it no longer opens.

    During a rotation it opens what either pepper sealed, and seals under the successor from the moment that this
    begins. ``file`` is the pepper's, read again when it changes; ``clock`` gives aware moments. The processes of a
    machine share the places for hashes by files in ``folder``; without one each counts its own.
    """

    def __init__(
        self,
        pepper: bytes | Secret,
        *,
        folder: Path | None = None,
        file: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._followed, self._clock = None if file is None else Followed(file), clock
        given = pepper if isinstance(pepper, Secret) else Secret(pepper)
        self._take((self._followed and self._followed.read_changed()) or given)
        self._keys = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._passwords = PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)
        self._places = Places(folder, in_process=SLOTS, on_machine=max(SLOTS, os.cpu_count() or SLOTS))

    def _take(self, secret: Secret) -> None:
        proofs = proofs_of(secret)
        self.audit_key, self.anchor_key = proofs["audit"], proofs["anchor"]
        self.statement_key, self.receipt_key = proofs["statement"], proofs["receipt"]
        self.case_key = proofs["case"]
        peppers = [secret.current, *([secret.successor] if secret.successor else [])]
        seals = tuple(AESGCM(_derive(pepper, b"portal seal")) for pepper in peppers)
        layers = tuple(
            (*(layer[name] for layer in secret.layers), *(_derive(pepper, purpose) for pepper in peppers))
            for name, purpose in LAYERS.items()
        )
        fingerprints = tuple(_derive(pepper, b"portal pepper fingerprint") for pepper in peppers)
        # One assignment, so that another thread never sees the seals of one file and the layers of another.
        self._state = _State(secret, seals, layers[0], layers[1], fingerprints, {})

    @property
    def secret(self) -> Secret:
        """The pepper with its rotation, as its file says now."""
        return self._now().secret

    @property
    def fingerprints(self) -> tuple[bytes, ...]:
        """Identify each accepted pepper without revealing anything else about it; the successor's comes last."""
        return self._now().fingerprints

    @property
    def fingerprint(self) -> bytes:
        """Identify the pepper in force until a rotation ends, without revealing anything else about it."""
        return self.fingerprints[0]

    def _now(self) -> _State:
        changed = self._followed.read_changed() if self._followed is not None else None
        if changed is not None:
            self._take(changed)
        return self._state

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

    def recovery_hash(self, code: str, owner: str, *, at: datetime) -> bytes:
        """Return the HMAC to store ``at`` this moment of a recovery code of ``owner``; 50 random bits need no more."""
        state = self._now()
        hashes = self.recovery_hashes(code, owner)
        return hashes[-1] if state.secret.has_begun(at) else hashes[0]

    def recovery_hashes(self, code: str, owner: str) -> tuple[bytes, ...]:
        """Return every HMAC under which a normalised recovery code of ``owner`` may be stored; the successor's last."""
        state = self._now()
        return _accepted(state, _layered(state.recovery_keys, f"{owner}:{code}".encode(), 32))

    def renewed_recovery_hash(self, stored: bytes) -> bytes:
        """Return a stored hash, without its code, under the successor of a rotation."""
        return _layered(self._now().recovery_keys[-1:], stored, 32)[0]

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
        state = self._now()
        return _sealed(state.seals[-1 if state.secret.has_begun(self._clock()) else 0], data, owner)

    def open_bytes(self, sealed: bytes, owner: str) -> bytes | None:
        """Return the bytes sealed for ``owner``; None when sealed for another owner or changed."""
        return _opened(self._now().seals, sealed, owner)

    def seal_web_key(self, web_key: str, owner: str) -> tuple[bytes, bytes]:
        """Return the selector of a web key, which finds the few candidates for it, and its sealed hash.

        Both are under the same pepper, by which the selector of a row can be renewed.
        """
        state = self._now()
        used = -1 if state.secret.has_begun(self._clock()) else 0
        return self.selectors(web_key)[used], _sealed(state.seals[used], self._keys.hash(web_key).encode(), owner)

    def selectors(self, web_key: str) -> tuple[bytes, ...]:
        """Return the selectors under which a web key may be stored; the successor's last."""
        state = self._now()
        return _accepted(state, _layered(state.selector_keys, web_key.encode(), SELECTOR_BYTES))

    def renewed(self, sealed: bytes, owner: str) -> bytes | None:
        """Return a value under the successor of a rotation; None when it is already, or not of ``owner``."""
        seals = self._now().seals
        if len(seals) == 1 or _opened(seals[-1:], sealed, owner) is not None:
            return None
        data = _opened(seals, sealed, owner)
        return None if data is None else _sealed(seals[-1], data, owner)

    def renewed_selector(self, stored: bytes) -> bytes:
        """Return a stored selector, without its key, under the successor of a rotation."""
        return _layered(self._now().selector_keys[-1:], stored, SELECTOR_BYTES)[0]

    def _decoy(self, name: str, hasher: PasswordHasher) -> bytes:
        decoys = self._now().decoys
        if name not in decoys:
            decoys[name] = self._close(hasher.hash(secrets.token_hex(16)), name)
        return decoys[name]

    def _close(self, text: str, owner: str) -> bytes:
        return self.seal_bytes(text.encode(), owner)

    def _open(self, sealed: bytes, owner: str) -> str:
        data = self.open_bytes(sealed, owner)
        if data is None:
            raise InvalidTag
        return data.decode()

    def _matches(self, hasher: PasswordHasher, sealed: bytes, secret: str, owner: str) -> bool:
        try:
            return hasher.verify(self._open(sealed, owner), secret)
        except (InvalidTag, VerificationError, InvalidHashError):
            return False


class _State(NamedTuple):
    """Keys made of one content of the pepper's file; the successor's come last."""

    secret: Secret
    seals: tuple[AESGCM, ...]
    selector_keys: tuple[bytes, ...]
    recovery_keys: tuple[bytes, ...]
    fingerprints: tuple[bytes, ...]
    decoys: dict[str, bytes]


def proofs_of(secret: Secret) -> dict[str, bytes]:
    """Return the keys of proofs, by name: those that were kept from the first pepper, else made of this one."""
    return {name: secret.kept.get(name) or _derive(secret.current, purpose) for name, purpose in PROOFS.items()}


def keep_proofs(secret: Secret) -> Secret:
    """Return the secret with its keys of proofs beside it: they stay when it goes."""
    return replace(secret, kept=proofs_of(secret))


def remove_former(secret: Secret) -> Secret:
    """Return the secret with its successor alone, and of the former one the keys of layers."""
    layer = {name: _derive(secret.current, purpose) for name, purpose in LAYERS.items()}
    return replace(secret.ended(), layers=(*secret.layers, layer))


def _accepted(state: _State, layered: list[bytes]) -> tuple[bytes, ...]:
    """Return the hashes that rows may hold: of all layers, the last one for each accepted pepper."""
    return tuple(layered[-len(state.seals) :])


def _layered(keys: tuple[bytes, ...], data: bytes, length: int) -> list[bytes]:
    """Return the HMAC of the data under the first key, that of the former HMAC under the next, and so on."""
    hashes: list[bytes] = []
    for key in keys:
        data = hmac.digest(key, data, hashlib.sha256)[:length]
        hashes.append(data)
    return hashes


def _sealed(seal: AESGCM, data: bytes, owner: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + seal.encrypt(nonce, data, owner.encode())


def _opened(seals: Sequence[AESGCM], sealed: bytes, owner: str) -> bytes | None:
    """Return what one of the seals opens; None when none does."""
    for seal in reversed(seals):
        if len(sealed) > NONCE_BYTES:
            with suppress(InvalidTag):
                return seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
    return None


def _derive(pepper: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(pepper)
