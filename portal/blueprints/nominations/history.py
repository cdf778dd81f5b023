"""The revisions of each day."""

from __future__ import annotations

import re

from flask import request
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, me, open_to, use_grants
from portal.domain.calendar import month_words
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.filters import KIND_WORDS
from portal.modality import modality_of
from portal.services import nominations
from portal.web import page

from .views import blueprint


@blueprint.get("/nominacion/<modality>/historial")
@open_to(Audience.CUSTOMER)
def history(modality: str) -> ResponseReturnValue:
    """Show every revision of a month, day by day, the newest first."""
    chosen, now = modality_of(modality), runtime.now()
    use_grants()
    newest = Month.of(GasDay.of(now).plus(31))
    month, problem = _asked(newest)
    shown = nominations.month_history(database.current(), actor=me(), modality=chosen, month=month, now=now)
    return page(
        "nominations/history.html",
        status=422 if problem else 200,
        problem=problem,
        modality=chosen,
        shown=shown,
        kind_words=KIND_WORDS,
        earlier=month.previous if month.first > FIRST_GAS_DAY else None,
        later=month.next if month.first < newest.first else None,
    )


def _asked(newest: Month) -> tuple[Month, str | None]:
    """Return the month asked for in the URL; this one, and what is wrong, when it names none of the history."""
    this = Month.of(GasDay.of(runtime.now()))
    number, year = request.args.get("mes", ""), request.args.get("anio", "")
    if not number and not year:
        return this, None
    if re.fullmatch("[0-9]{1,2}", number) and re.fullmatch("[0-9]{4}", year) and 1 <= int(number) <= 12 and int(year):
        month = Month(int(year), int(number))
        if FIRST_GAS_DAY <= month.first <= newest.first:
            return month, None
    return (
        this,
        f"El historial va de {month_words(FIRST_GAS_DAY)} a {month_words(newest)}: elija un mes entre esos dos.",
    )
