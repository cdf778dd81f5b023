"""Pages that only read may ask a streaming replica of the database (``PORTAL_REPLICA_URL``, docs/adr/0152)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request, session
from sqlalchemy.exc import DBAPIError

from portal.config import Settings
from portal.models.engine import make_engine
from portal.services.store.replicas import Replica, find_position
from portal.services.store.vault import Vault

from . import database

READS = ("GET", "HEAD")
# In the signed cookie: the position behind what this browser wrote last.
WRITTEN = "written"
Given = ParamSpec("Given")
Answer = TypeVar("Answer")
log = structlog.get_logger("portal.web.replica")


def init_app(app: Flask, settings: Settings, vault: Vault) -> None:
    """Bind the replica, if there is one, and note where each browser wrote last."""
    if settings.replica_url is None:
        return
    engine = make_engine(settings.replica_url)
    sessions = database.session_factory(engine, vault, settings.base_url)
    app.extensions["portal.replica"] = Replica(app.extensions["portal.engine"], engine, sessions)
    app.after_request(_note)


def reads_replica(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Let a view that only reads ask the replica where it is near enough, and the primary otherwise.

    Who may see the page was decided before, by the primary. A replica that fails meanwhile costs the view a second run.
    ``g.replica_read`` says which was read, for the metrics: replica, primary, failed.
    """

    @wraps(view)
    def read(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        replica: Replica | None = current_app.extensions.get("portal.replica")
        reader = replica.open(behind=session.get(WRITTEN, 0)) if replica and request.method in READS else None
        if replica is None:
            return view(*args, **kwargs)
        if reader is None:
            g.replica_read = "primary"
            return view(*args, **kwargs)
        g.replica_session, g.replica_read = reader, "replica"
        try:
            return view(*args, **kwargs)
        except DBAPIError as error:
            g.replica_read = "failed"
            replica.pause(error)
        finally:
            g.pop("replica_session")
            database.end(reader)
        return view(*args, **kwargs)

    read.reads_replica = True  # type: ignore[attr-defined]
    return read


def _note(response: Response) -> Response:
    """Keep in the cookie of who is signed in where the write of this request ends."""
    if request.method not in READS and "_user_id" in session:
        session[WRITTEN] = find_position(current_app.extensions["portal.engine"])
    return response
