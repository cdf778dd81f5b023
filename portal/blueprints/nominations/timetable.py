"""Hours of nominations for the customer: the windows, and the days that were moved."""

from __future__ import annotations

from typing import NamedTuple

from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, Window, window_for
from portal.services import timetable
from portal.services.timetable import close_moves
from portal.web import database, runtime
from portal.web.access import Audience, open_to
from portal.web.answers import page

from .views import blueprint


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
    rows, today = timetable.windows(session), GasDay.of(now)
    tomorrow = today.plus(1)
    change = RequestKind.RENOMINATION
    asked = [(RequestKind.NOMINATION, tomorrow), (change, tomorrow), (change, today)]
    shown = [Hours(each, *[window_for(rows, each, kind, day) for kind, day in asked]) for each in Modality]
    return page(
        "nominations/hours.html",
        today=today,
        tomorrow=tomorrow,
        shown=shown,
        rows=rows,
        moves=close_moves.moves(session, since=GasDay.of(now)),
    )
