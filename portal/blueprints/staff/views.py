"""The first page of the consoles: what waits for the signed-in person, and what the role offers."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal import consoles, database, runtime
from portal.access import Audience, me, open_to
from portal.services import work_board
from portal.web import page

from .words import WAITING_WORDS

blueprint = Blueprint("staff", __name__)


@blueprint.get("/consola")
@open_to(Audience.STAFF)
def home() -> ResponseReturnValue:
    """Show what waits, with how much of it, and the pages of the role."""
    actor = me()
    items = []
    for item in work_board.load(database.current(), actor=actor, now=runtime.now()):
        one, many, endpoint, where = WAITING_WORDS[item.what]
        address = url_for(endpoint) + (f"?{urlencode(where)}" if where else "")
        items.append((item.count, one if item.count == 1 else many, address, item.what.value))
    return page(
        "staff/home.html",
        waiting=[item for item in items if item[0]],
        quiet=[item for item in items if not item[0]],
        pages=consoles.pages_of(actor.role) if actor.role else [],
    )
