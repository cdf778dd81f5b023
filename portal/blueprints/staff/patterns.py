"""Seasons declared by customers, for claims and for the day book."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.domain.calendar import MONTHS
from portal.domain.roles import Function
from portal.services.account import consumption
from portal.web.access import Staff, act, open_to
from portal.web.answers import page

from .views import blueprint


@blueprint.get("/consola/patrones-de-consumo")
@open_to(Staff(Function.SEE_BALANCES))
def patterns() -> ResponseReturnValue:
    """List every declaration in force."""
    return page("staff/patterns.html", found=consumption.patterns(act()), month_names=MONTHS)
