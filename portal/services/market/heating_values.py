"""Published heating values of the exit points, day by day (docs/rules.md, "Units and heating value")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, ExitPoint
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.store.acts import Act


class Gate(NamedTuple):
    """Exit point with its newest heating value; None where it never had one."""

    code: str
    name: str
    ended_on: GasDay | None
    newest_on: GasDay | None
    newest: HeatingValue | None


class DayValue(NamedTuple):
    """Heating value of a gas day in its last version, and when that was recorded."""

    gas_day: GasDay
    value: HeatingValue
    version: int
    recorded_at: datetime


class GateMonth(NamedTuple):
    """Month of an exit point: its values, and the past days between its first value and its end that have none."""

    gate: Gate
    month: Month
    values: Sequence[DayValue]
    missing: Sequence[GasDay]
    first_on: GasDay | None


def list_gates(act: Act) -> list[Gate]:
    """Return every exit point in the order of the codes."""
    return [
        Gate(gate.code, gate.name, gate.ended_on, day, value)
        for gate, day, value in heating_values.list_newest(act.session)
    ]


def find_gate(act: Act, *, code: str) -> Gate | None:
    """Return an exit point by its code, in any case; None for an unknown one."""
    return next((gate for gate in list_gates(act) if gate.code.casefold() == code.casefold()), None)


def load_gate_month(act: Act, *, gate: Gate, month: Month) -> GateMonth:
    """Return the values of a month; a day is missing from the first value ever on, up to yesterday."""
    values = list_values(act.session, code=gate.code, first=month.first, last=month.last)
    first = act.session.scalar(
        select(func.min(DailyHeatingValue.gas_day))
        .join(ExitPoint, ExitPoint.id == DailyHeatingValue.exit_point_id)
        .where(ExitPoint.code == gate.code)
    )
    known = {each.gas_day for each in values}
    today = GasDay.of(act.now)
    missing = [
        day
        for day in month.days()
        if day not in known
        and first is not None
        and first <= day < today
        and (gate.ended_on is None or day < gate.ended_on)
    ]
    return GateMonth(gate, month, values, missing, first)


def list_values(
    session: Session, *, code: str, first: GasDay | None = None, last: GasDay | None = None
) -> list[DayValue]:
    """Return the values of an exit point in their last versions, in the order of the days; both ends included."""
    later = aliased(DailyHeatingValue)
    newest = (
        select(func.max(later.version))
        .where(later.exit_point_id == DailyHeatingValue.exit_point_id, later.gas_day == DailyHeatingValue.gas_day)
        .correlate(DailyHeatingValue)
        .scalar_subquery()
    )
    wanted = (
        select(
            DailyHeatingValue.gas_day,
            DailyHeatingValue.heating_value,
            DailyHeatingValue.version,
            DailyHeatingValue.recorded_at,
        )
        .join(ExitPoint, ExitPoint.id == DailyHeatingValue.exit_point_id)
        .where(ExitPoint.code == code, DailyHeatingValue.version == newest)
        .order_by(DailyHeatingValue.gas_day)
    )
    if first is not None:
        wanted = wanted.where(DailyHeatingValue.gas_day >= first)
    if last is not None:
        wanted = wanted.where(DailyHeatingValue.gas_day <= last)
    return [DayValue(row.gas_day, row.heating_value, row.version, row.recorded_at) for row in session.execute(wanted)]


def find_value_of_day(act: Act, *, gate: Gate, gas_day: GasDay) -> HeatingValueInForce:
    """Return the value that converts a day; the last one known before it, marked provisional, where it has none."""
    gate_id = act.session.scalars(select(ExitPoint.id).where(ExitPoint.code == gate.code)).one()
    return heating_values.find_in_force(act.session, exit_point_id=gate_id, gas_day=gas_day)
