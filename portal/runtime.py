"""What the running application holds for its views: settings, the vault, the clock."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import current_app, g

from .config import Settings
from .services.vault import Vault


def settings() -> Settings:
    """Return the settings the application was created with."""
    return cast("Settings", current_app.extensions["portal.settings"])


def vault() -> Vault:
    """Return the vault that seals and verifies secrets."""
    return cast("Vault", current_app.extensions["portal.vault"])


def now() -> datetime:
    """Return the moment this request arrived, aware, UTC; the same for the whole request."""
    if "now" not in g:
        g.now = settings().clock()
    return cast("datetime", g.now)


def clock() -> datetime:
    """Return the moment of the call, for the one rule that looks at the clock twice (commit of a signature)."""
    return settings().clock()
