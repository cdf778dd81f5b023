"""Judges of days: the unit of a point, and the tolerance of its contract in a month (docs/rules.md, "Balance account").

A tolerance changes from the first day of a later month on and is fixed once a day has figures: counted days stay right.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.settings import Tolerance
from portal.models import DeliveryPoint
from portal.services.store.statements import day_of

from . import hot
from .figures import Judge

# Given the first day of a month.
JudgeOfMonth = Callable[[date], Judge]


def list_judges(session: Session, point: DeliveryPoint) -> JudgeOfMonth:
    """Return the judges of a point by month, by one query."""
    rows = hot.TOLERANCES.rows(session, contract=point.contract_id)
    steps = [(GasDay(day_of(row.valid_from)), int(row.value)) for row in rows if row.value is not None]
    tolerance, unit = Tolerance(rows[0].tolerance_basis_points, tuple(steps)), point.unit
    if not steps:
        always = Judge(unit, tolerance.signed)
        return lambda _month: always
    return lambda month: Judge(unit, tolerance.on(GasDay(month)))
