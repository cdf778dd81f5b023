"""Whose portal answers: read before a request and kept for a minute, so that pages and errors ask nothing for it."""

from __future__ import annotations

from time import monotonic

import structlog
from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from portal.domain.distributor import UNKNOWN, Distributor
from portal.services.store import distributors

log = structlog.get_logger("portal.web.distributor")
# After the database gave no answer, so long no request waits for this alone.
PAUSE_SECONDS = 5.0
_PAUSED_UNTIL = "portal.distributor.paused_until"


def init_app(app: Flask) -> None:
    """Read the distributor before a request where its minute is over, and give templates ``distributor``."""
    app.before_request(_refresh)
    app.jinja_env.globals["distributor"] = LocalProxy(current)
    app.jinja_env.filters["named"] = named


def current() -> Distributor:
    """Return the distributor as it was last read, ``UNKNOWN`` while the database was never reached; asks nothing."""
    return distributors.kept(current_app.extensions["portal.engine"]) or UNKNOWN


def named(words: str) -> str:
    """Return words with what they leave to the distributor: ``{distributor.name}``, ``{distributor.telephone}``."""
    return words.format(distributor=current())


def _refresh() -> None:
    extensions = current_app.extensions
    # Liveness says that the process answers, whatever the database does.
    if request.endpoint == "health.live" or distributors.is_fresh(extensions["portal.engine"]):
        return
    if monotonic() < extensions.get(_PAUSED_UNTIL, 0.0):
        return
    try:
        with extensions["portal.sessions"]() as session:
            distributors.distributor_of(session)
    except (SQLAlchemyError, LookupError) as error:
        # The view finds out by itself what it cannot do; what was read before still names whom to call.
        extensions[_PAUSED_UNTIL] = monotonic() + PAUSE_SECONDS
        log.warning("distributor unread", error=type(error).__name__)
