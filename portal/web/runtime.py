"""State of the running application for its views: settings, vault, clock."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import current_app, g

from portal.clock import MovedClock, system_clock
from portal.config import Settings
from portal.services.store.vault import Vault


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
    """Return the moment of the call, for the one rule that reads the clock twice (commit of a signature)."""
    return settings().clock()


def authenticator_moments() -> list[datetime]:
    """Return the moments that a person's authenticator may show: the portal's clock.

    With a clock moved in development (``PORTAL_NOW``) a telephone still shows the real time: either is accepted.
    """
    moved = isinstance(settings().clock, MovedClock) and not settings().is_production
    return [now(), system_clock()] if moved else [now()]
