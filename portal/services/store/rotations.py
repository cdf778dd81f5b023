"""Secrets under rotation: the one in force, its successor and from when it is used; files, written whole or not.

A file that was never rotated is the bare secret. Source: docs/adr/0155.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MAGIC = b'{"portal_secret": 1'


class BadSecret(Exception):
    """The file of a secret cannot be read as one; the text names the fault, never the content."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Secret in force, and the successor that is accepted already and used from ``begins_at`` on (aware, UTC).

    ``kept``: keys that were derived from the first secret and outlive it, by purpose. ``layers``: of each former
    secret in order, the keys under which hashes lie within those of its successor, by purpose.
    """

    current: bytes = field(repr=False)
    successor: bytes | None = field(default=None, repr=False)
    begins_at: datetime | None = None
    kept: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    layers: tuple[Mapping[str, bytes], ...] = field(default=(), repr=False)

    @property
    def is_rotating(self) -> bool:
        """True from the start of a rotation to its end."""
        return self.successor is not None

    def has_begun(self, now: datetime) -> bool:
        """Tell whether the successor is used at ``now``, not only accepted."""
        return self.begins_at is not None and now >= self.begins_at

    def rotated(self, successor: bytes, *, begins_at: datetime) -> Secret:
        """Return the secret with a successor."""
        return replace(self, successor=successor, begins_at=begins_at.astimezone(UTC))

    def ended(self) -> Secret:
        """Return the secret with its successor alone."""
        if self.successor is None:
            raise ValueError("no rotation is under way")
        return replace(self, current=self.successor, successor=None, begins_at=None)


def parse(content: bytes) -> Secret:
    """Return the secret of a file's content; raises ``BadSecret`` for a file that was cut off or changed."""
    if not content.startswith(_MAGIC):
        return Secret(content)
    try:
        read: dict[str, Any] = json.loads(content)
        begins_at = read["begins_at"]
        return Secret(
            current=_bytes(read["current"]),
            successor=None if read["successor"] is None else _bytes(read["successor"]),
            begins_at=None if begins_at is None else datetime.fromisoformat(begins_at),
            kept={name: _bytes(value) for name, value in read["kept"].items()},
            layers=tuple({name: _bytes(value) for name, value in layer.items()} for layer in read["layers"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise BadSecret("it was cut off or changed; put back the copy that you keep") from None


def write(path: Path, secret: Secret) -> None:
    """Replace the file at ``path``: it is the former one or the new one, whole, whatever is killed when.

    Owner and group stay the same; only the owner may read it, and the group where it could before.
    """
    text = {
        "portal_secret": 1,
        "current": _text(secret.current),
        "successor": None if secret.successor is None else _text(secret.successor),
        "begins_at": None if secret.begins_at is None else secret.begins_at.isoformat(),
        "kept": {name: _text(value) for name, value in secret.kept.items()},
        "layers": [{name: _text(value) for name, value in layer.items()} for layer in secret.layers],
    }
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(text).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        before = path.stat()
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(draft, before.st_uid, before.st_gid)
        draft.chmod(0o600 | before.st_mode & 0o040)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


class Followed:
    """File of a secret that other processes may rotate: read again when it changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None

    def read_changed(self) -> Secret | None:
        """Return the secret when the file is another than at the last call; None otherwise, or for no whole file.

        Costs one ``stat``.
        """
        with contextlib.suppress(OSError, BadSecret):
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            if stamp != self._stamp:
                secret = parse(self.path.read_bytes())
                self._stamp = stamp
                return secret
        return None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
