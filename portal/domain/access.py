"""Enums and lifetimes of keys."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class KeyKind(StrEnum):
    """The web key of a contract or the numeric key of a delivery point (guide steps 10 and 12)."""

    WEB = "web"
    NUMERIC = "numeric"


class KeyState(StrEnum):
    """Life of a key version: issued and unused, in use, replaced by a newer version, revoked."""

    ISSUED = "issued"
    ACTIVE = "active"
    REPLACED = "replaced"
    REVOKED = "revoked"


UNUSED_KEY_LIFE = timedelta(days=30)
REPLACED_KEY_LIFE = timedelta(days=15)
GRANT_IDLE = timedelta(minutes=30)
