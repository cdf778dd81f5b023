"""Checks for operation: process alive, server ready."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from portal.web import database, readiness, runtime
from portal.web.access import Audience, open_to
from portal.web.errors import RETRY_SECONDS

blueprint = Blueprint("health", __name__)


@blueprint.get("/salud")
@open_to(Audience.PUBLIC)
def live() -> ResponseReturnValue:
    """Answer as long as the process runs; asks nothing of the database."""
    told = {
        # An open page shows the portal's hour, and asks for it again after a sleep.
        "X-Portal-Now": runtime.now().isoformat(),
        # The address that the proxy told of the one who asks: the doctor asks under a forged one.
        "X-Portal-Client": request.remote_addr or "",
    }
    return Response("vivo\n", mimetype="text/plain", headers=told)


@blueprint.get("/salud/listo")
@open_to(Audience.PUBLIC)
def ready() -> ResponseReturnValue:
    """Answer 200 when the database answers and fits this program; 503 lists the faults, a line each.

    Without the database the answer is the 503 of every database error.
    """
    found = readiness.report(current_app, database.current(), runtime.vault())
    if found.problems:
        answer = Response("\n".join(["no listo", *found.problems, ""]), 503, mimetype="text/plain")
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer
    return Response("\n".join(["listo", *found.details, ""]), mimetype="text/plain")
