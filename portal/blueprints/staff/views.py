"""The first page of the consoles: what the signed-in person's role offers."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import consoles
from portal.access import Audience, open_to, signed_in_visitor
from portal.web import page

blueprint = Blueprint("staff", __name__)


@blueprint.get("/consola")
@open_to(Audience.STAFF)
def home() -> ResponseReturnValue:
    """List the pages of the role."""
    visitor = signed_in_visitor()
    return page("staff/home.html", pages=consoles.pages_of(visitor.role) if visitor else [])
