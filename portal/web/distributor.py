"""Distributor of the running portal: read before a request and kept for a minute, so that pages need no query."""

from __future__ import annotations

from time import monotonic

import structlog
from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from portal.domain.distributor import UNKNOWN, Distributor
from portal.services.store import distributors

log = structlog.get_logger("portal.web.distributor")
# Pause after the database gave no answer: no request waits for this read alone.
PAUSE_SECONDS = 5.0
_PAUSED_UNTIL = "portal.distributor.paused_until"


def init_app(app: Flask) -> None:
    """Read the distributor before a request when its minute is over; give templates ``distributor``."""
    app.before_request(_refresh)
    app.jinja_env.globals["distributor"] = LocalProxy(current)
    app.jinja_env.filters["named"] = named


def current() -> Distributor:
    """Return the distributor as last read, ``UNKNOWN`` before the first success; no query."""
    return distributors.kept(current_app.extensions["portal.engine"]) or UNKNOWN


def named(words: str) -> str:
    """Return words with the distributor filled in: ``{distributor.name}``, ``{distributor.telephone}``."""
    return words.format(distributor=current())


def _refresh() -> None:
    extensions = current_app.extensions
    # Liveness must not depend on the database.
    if request.endpoint == "health.live" or distributors.is_fresh(extensions["portal.engine"]):
        return
    if monotonic() < extensions.get(_PAUSED_UNTIL, 0.0):
        return
    try:
        with extensions["portal.sessions"]() as session:
            distributors.distributor_of(session)
    except (SQLAlchemyError, LookupError) as error:
        # The view reports the fault itself; the distributor as last read still names whom to call.
        extensions[_PAUSED_UNTIL] = monotonic() + PAUSE_SECONDS
        log.warning("distributor unread", error=type(error).__name__)
