"""The revisions of each day."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, me, open_to, use_grants
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.modality import modality_of
from portal.services import nominations
from portal.web import page

from .views import blueprint
from .words import KIND_WORDS


@blueprint.get("/nominacion/<modality>/historial")
@open_to(Audience.CUSTOMER)
def history(modality: str) -> ResponseReturnValue:
    """Show every revision of a month, day by day, the newest first."""
    chosen, now = modality_of(modality), runtime.now()
    use_grants()
    newest = Month.of(GasDay.of(now).plus(31))
    month = _month()
    shown = nominations.month_history(database.current(), actor=me(), modality=chosen, month=month, now=now)
    return page(
        "nominations/history.html",
        modality=chosen,
        shown=shown,
        kind_words=KIND_WORDS,
        earlier=month.previous if month.first > FIRST_GAS_DAY else None,
        later=month.next if month.first < newest.first else None,
    )


def _month() -> Month:
    """Return the month asked for in the URL, this one when it names none that exists."""
    today = Month.of(GasDay.of(runtime.now()))
    try:
        month = Month(int(request.args.get("anio", "")), int(request.args.get("mes", "")))
    except ValueError:
        return today
    return month if FIRST_GAS_DAY <= month.first <= today.first.plus(62) else today
