"""Start of a nomination: what is open, until when, and the way into the wizard."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import suggestions
from portal.services.timetable import close_moves
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import page
from portal.web.modality import modality_of

from .states import chips_of, lead_of

blueprint = Blueprint("nominations", __name__)


@blueprint.get("/nominacion/<modality>")
@open_to(Audience.CUSTOMER)
def modality(modality: str) -> ResponseReturnValue:
    """Show the points of the open contracts with tomorrow's state, the deadline and the button to nominate."""
    session, now = database.current(), runtime.now()
    chosen = modality_of(modality)
    use_grants()
    contracts = grants.opened_contracts(act(), modality=chosen)
    board = nominations.board(act(), modality=chosen, contracts=contracts)
    points = [state.point for state in board.points]
    return page(
        "nominations/modality.html",
        modality=chosen,
        contracts=contracts,
        board=board,
        notices=list_announcements(chosen),
        moves=close_moves.moves(session, since=GasDay.of(now), modality=chosen),
        lead=lead_of(board),
        chips={state.point.id: chips_of(state, now) for state in board.points},
        offers=suggestions.next_open_offers(act(), modality=chosen, points=points),
    )
