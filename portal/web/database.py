"""Flask's side of the database: one engine per application, one session per request."""

from __future__ import annotations

from typing import cast

import structlog
from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal.config import Settings
from portal.models.engine import make_engine
from portal.services.store.acts import BASE_URL, VAULT
from portal.services.store.readers import Readers, ReadingSession
from portal.services.store.vault import Vault
from portal.services.trace.audit import AUDIT_KEY

# Methods whose requests only read.
SAFE = ("GET", "HEAD")
# Address of `make run`, for applications without settings.
HERE = "http://127.0.0.1:8000"
log = structlog.get_logger("portal.web.database")


def session_factory(engine: Engine, vault: Vault, base_url: str = HERE) -> sessionmaker[Session]:
    """Return the factory of sessions with the audit key, the seal of mails and the base of their links."""
    carried = {AUDIT_KEY: vault.audit_key, VAULT: vault, BASE_URL: base_url}
    made = sessionmaker(engine, class_=ReadingSession, expire_on_commit=False, info=carried)
    return cast("sessionmaker[Session]", made)


def init_app(app: Flask, settings: Settings, vault: Vault) -> None:
    """Bind the engine to the application, and close each request's session and the snapshot of its reads."""
    engine = make_engine(settings.database_url)
    app.extensions["portal.engine"] = engine
    app.extensions["portal.readers"] = Readers()
    app.extensions["portal.sessions"] = session_factory(engine, vault, settings.base_url)

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        session = g.pop("database_session", None)
        if session is not None:
            end(session)


def end(session: Session) -> None:
    """Close the session; a connection lost by now costs nobody the answer, which is made and its writes committed."""
    try:
        reader = getattr(session, "reader", None)
        if reader is not None:
            reader.end()
        session.close()
    except SQLAlchemyError as error:
        log.warning("connection lost after the answer was made", error=type(error).__name__)
        session.invalidate()


def current() -> Session:
    """Return this request's session, opened at its first use; within ``reads_replica`` the replica's.

    That of a GET reads by the thread's read connection.
    """
    if (replica := g.get("replica_session")) is not None:
        return cast("Session", replica)
    if "database_session" not in g:
        extensions = current_app.extensions
        session: ReadingSession = extensions["portal.sessions"]()
        if has_request_context() and request.method in SAFE:
            session.reader = extensions["portal.readers"].get(session.get_bind())
        g.database_session = session
    return cast("Session", g.database_session)
