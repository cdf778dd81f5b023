"""What the rule of a point says for a day: its forecast, its last nomination, or nothing.

Source: docs/rules.md, "No nomination at the close".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BindParameter, Select, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.domain.close_policies import FORECAST_DAYS, ClosePolicy, rounded_mean
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Contract, DailyBalance, DeliveryPoint, Nomination, NominationHead
from portal.services.store.statements import Statement, day_of

WEEKS_BACK = 8

_POINT: BindParameter[int] = bindparam("point")
_FIRST: BindParameter[date] = bindparam("first")
_LAST: BindParameter[date] = bindparam("last")


def _accounts() -> Select[int]:
    """Return the row ids of the point and of those before it with its code, of the same company (adr/0102)."""
    this, before = aliased(DeliveryPoint), aliased(DeliveryPoint)
    own, other = aliased(Contract), aliased(Contract)
    return (
        select(before.id)
        .join(other, other.id == before.contract_id)
        .join(this, and_(this.carrier_code == before.carrier_code, this.starts_on >= before.starts_on))
        .join(own, and_(own.id == this.contract_id, own.company_id == other.company_id))
        .where(this.id == _POINT)
    )


def _measured(unit: Unit) -> Statement:
    # As stored: millionths.
    column = DailyBalance.__table__.c[f"consumed_{'m3' if unit is Unit.M3 else 'mbtu'}"]
    return Statement(
        select(DailyBalance.gas_day, column)
        .where(
            DailyBalance.delivery_point_id.in_(_accounts()),
            DailyBalance.gas_day.between(_FIRST, _LAST),
            column.is_not(None),
            DailyBalance.reading_state != ReadingState.ESTIMATED,
        )
        .order_by(DailyBalance.gas_day.desc(), DailyBalance.delivery_point_id.desc())
    )


_MEASURED = {unit: _measured(unit) for unit in Unit}
_LAST_NOMINATION = Statement(
    select(Nomination.quantity_m3, Nomination.quantity_mbtu)
    .select_from(NominationHead)
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .where(NominationHead.delivery_point_id.in_(_accounts()), NominationHead.gas_day < _LAST)
    .order_by(NominationHead.gas_day.desc(), NominationHead.delivery_point_id.desc())
    .limit(1)
)


def quantity_of(session: Session, *, policy: ClosePolicy, point_id: int, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return what the rule nominates for ``gas_day``, in ``unit`` as it is nominated (m³ whole, MBTU two decimals).

    A forecast is the mean of the last four measured days of the same weekday, not further back than eight weeks; of
    fewer when there are no four. Without any it is the last nomination, and without that nothing. The days of the rows
    before that had the point's code in the same company count as its own.
    """
    if policy is ClosePolicy.FORECAST:
        days = _same_weekday(session, point_id=point_id, unit=unit, gas_day=gas_day)
        if days:
            return rounded_mean(days)
    if policy is not ClosePolicy.ZERO:
        last = _LAST_NOMINATION.first(session, point=point_id, last=gas_day.date)
        if last is not None:
            return rounded_mean([Quantity.from_micro(last[0 if unit is Unit.M3 else 1], unit)])
    return Quantity.zero(unit)


def _same_weekday(session: Session, *, point_id: int, unit: Unit, gas_day: GasDay) -> Sequence[Quantity]:
    rows = _MEASURED[unit].rows(
        session, point=point_id, first=gas_day.plus(-7 * WEEKS_BACK).date, last=gas_day.plus(-1).date
    )
    weekday = gas_day.date.weekday()
    same: dict[date, Quantity] = {}
    for day, micro in rows:
        # Of a day that two rows measured, the later row's.
        if day_of(day).weekday() == weekday:
            same.setdefault(day_of(day), Quantity.from_micro(micro, unit))
    return list(same.values())[:FORECAST_DAYS]
