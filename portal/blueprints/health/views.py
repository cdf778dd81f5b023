"""Is the process alive; can it serve."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from portal import database
from portal.access import Audience, open_to

blueprint = Blueprint("health", __name__)


@blueprint.get("/salud")
@open_to(Audience.PUBLIC)
def live() -> ResponseReturnValue:
    """Answer as long as the process runs; asks nothing of the database."""
    return Response("vivo\n", mimetype="text/plain")


@blueprint.get("/salud/listo")
@open_to(Audience.PUBLIC)
def ready() -> ResponseReturnValue:
    """Answer when the database does; else the 503 of every database error."""
    database.ping()
    return Response("listo\n", mimetype="text/plain")
