"""Start of a nomination: what is open, until when, and the way into the wizard."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, Window, find_window
from portal.services import nominations, timetable
from portal.services.keys import grants
from portal.services.nominations import suggestions
from portal.services.store.refusals import Rejected
from portal.services.timetable import close_moves
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, show_refusal
from portal.web.point_pages import asked_page
from portal.web.url_rules import modality_of

from .forms import QuickForm
from .states import lead_of, render_points
from .words import WORDS, spoken

blueprint = Blueprint("nominations", __name__)


@blueprint.get("/nominacion/<modality>")
@open_to(Audience.CUSTOMER)
def modality(modality: str) -> ResponseReturnValue:
    """Show the points of the open contracts with tomorrow's state, the deadline and the button to nominate."""
    session, now = database.current(), runtime.now()
    chosen = modality_of(modality)
    use_grants()
    contracts = grants.list_opened_contracts(act(), modality=chosen)
    asked = asked_page()
    board = nominations.load_board(act(), modality=chosen, contracts=contracts, asked=asked)
    points = [state.point for state in board.points]
    offers = suggestions.load_next_open_offers(act(), modality=chosen, points=points)
    return page(
        "nominations/modality.html",
        modality=chosen,
        contracts=contracts,
        board=board,
        text=asked.text,
        notices=list_announcements(chosen),
        moves=close_moves.list_moves(session, since=GasDay.of(now), modality=chosen),
        lead=lead_of(board),
        rows=render_points(board, offers, chosen, now),
        offers_any=bool(offers),
    )


class Hours(NamedTuple):
    """Windows of a modality for the next gas day, and the end of changes for the running one."""

    modality: Modality
    nomination: Window
    renomination: Window
    # Of the running gas day.
    today: Window


@blueprint.get("/nominacion/horario")
@open_to(Audience.SIGNED_IN)
def hours() -> ResponseReturnValue:
    """Show until when requests of each kind are taken, and the moves of coming days."""
    session, now = database.current(), runtime.now()
    rows, today = timetable.list_windows(session), GasDay.of(now)
    tomorrow = today.plus(1)
    change = RequestKind.RENOMINATION
    asked = [(RequestKind.NOMINATION, tomorrow), (change, tomorrow), (change, today)]
    shown = [Hours(each, *[find_window(rows, each, kind, day) for kind, day in asked]) for each in Modality]
    return page(
        "nominations/hours.html",
        today=today,
        tomorrow=tomorrow,
        shown=shown,
        rows=rows,
        moves=close_moves.list_moves(session, since=GasDay.of(now)),
    )


@blueprint.route("/nominacion/<modality>/<point>/rapida", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def quick(modality: str, point: str) -> ResponseReturnValue:
    """Begin a draft with the pressed offer; a GET, as after a lost session, leads to the offers."""
    chosen, form = modality_of(modality), QuickForm()
    use_grants()
    # Before the form is validated: its errors are not for people without the point.
    grants.require_reachable_point(act(), modality=chosen, public_id=point)
    if request.method != "POST":
        return go(".modality", modality=modality)
    if form.validate_on_submit() and form.parsed is not None:
        try:
            filled = suggestions.begin(act(), modality=chosen, point=point, basis=form.chosen, gas_day=form.parsed)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".signature" if filled.is_ready else ".quantity", draft=filled.draft.public_id)
    return page("nominations/quick.html", form=form, modality=chosen, point=point)
