"""First page of the day: tomorrow's nomination, time left, imbalance."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.services import announcements
from portal.services.account.start import start
from portal.services.timetable import close_moves
from portal.web import database, runtime
from portal.web.access import Audience, act, me, open_to, use_grants
from portal.web.answers import page

from .presenters import present

blueprint = Blueprint("start", __name__)


@blueprint.get("/inicio")
@open_to(Audience.CUSTOMER)
def start_page() -> ResponseReturnValue:
    """Show the contracts of a person and today's tasks of each open point."""
    session, actor, now = database.current(), me(), runtime.now()
    use_grants()
    found = start(act())
    mine = {state.contract.modality for state in found.contracts}
    moves = [move for move in close_moves.moves(session, since=found.today) if move.modality in (None, *mine)]
    return page(
        "start/start.html",
        start=present(found, now),
        moves=moves,
        announcements=announcements.banner(act(), user_id=actor.user_id or 0),
    )
