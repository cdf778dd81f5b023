"""Distributor of the running portal: read before a page and kept for a few seconds, so that templates need no query."""

from __future__ import annotations

from time import monotonic

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from portal.domain.distributor import UNKNOWN, Distributor
from portal.services.store import distributors

log = structlog.get_logger("portal.web.distributor")
# Pause after the database gave no answer: no request waits for this read alone.
PAUSE_SECONDS = 5.0
_PAUSED_UNTIL = "portal.distributor.paused_until"


def init_app(app: Flask) -> None:
    """Give templates ``distributor`` and the filter ``named``."""
    app.jinja_env.globals["distributor"] = LocalProxy(last_read)
    app.jinja_env.filters["named"] = named


def current() -> Distributor:
    """Return the distributor for a view, read again when its time is over; ``UNKNOWN`` before the first success."""
    refresh()
    return last_read()


def last_read() -> Distributor:
    """Return the distributor as last read, for templates and error pages; ``UNKNOWN`` before the first success.

    Asks nothing of the database.
    """
    return distributors.get_cached(current_app.extensions["portal.engine"]) or UNKNOWN


def named(words: str) -> str:
    """Return words with the distributor filled in: ``{distributor.name}``, ``{distributor.telephone}``."""
    return words.format(distributor=last_read())


def refresh() -> None:
    """Read the distributor again when its time is over; called before a page, never before an error page."""
    learn(current_app)


def learn(app: Flask) -> None:
    """Read the distributor in a session of its own when its time is over; servers call it once when they start."""
    extensions = app.extensions
    if distributors.is_fresh(extensions["portal.engine"]) or monotonic() < extensions.get(_PAUSED_UNTIL, 0.0):
        return
    try:
        with extensions["portal.sessions"]() as session:
            distributors.distributor_of(session)
    except (SQLAlchemyError, LookupError) as error:
        # The view reports the fault itself; the distributor as last read still names whom to call.
        extensions[_PAUSED_UNTIL] = monotonic() + PAUSE_SECONDS
        log.warning("distributor unread", error=type(error).__name__)
