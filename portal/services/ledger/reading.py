"""One day as it stands: what the append-only tables say of it, and what the projection says."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, and_, bindparam, func, select, true
from sqlalchemy.orm import Session

from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import Adjustment, Authorisation, DeliveryPoint, Nomination, NominationHead, Reading
from portal.services.statements import Statement

from .figures import DayFigures, Sources, gas_of
from .tables import DAYS, POINT

_DAY: BindParameter[date] = bindparam("day")


def _of_the_day(table: Any) -> ColumnElement[bool]:
    return and_(table.delivery_point_id == POINT, table.gas_day == _DAY)


def _newest(table: Any) -> ColumnElement[bool]:
    latest = select(func.max(table.version)).where(_of_the_day(table)).correlate(None).scalar_subquery()
    return and_(_of_the_day(table), table.version == latest)


_MOVED = (
    select(
        func.sum(Adjustment.quantity_m3).label("moved_m3"),
        func.sum(Adjustment.quantity_mbtu).label("moved_mbtu"),
    )
    .where(_of_the_day(Adjustment))
    .subquery()
)
_AS_IT_STANDS = Statement(
    select(
        Nomination.unit.label("signed_unit"),
        Nomination.quantity_m3.label("signed_m3"),
        Nomination.quantity_mbtu.label("signed_mbtu"),
        Nomination.revision,
        Authorisation.quantity_m3.label("allowed_m3"),
        Authorisation.quantity_mbtu.label("allowed_mbtu"),
        Authorisation.cut_reason.label("cut"),
        Reading.volume_m3,
        Reading.state,
        _MOVED.c.moved_m3,
        _MOVED.c.moved_mbtu,
        DAYS,
    )
    .select_from(DeliveryPoint)
    .outerjoin(NominationHead, _of_the_day(NominationHead))
    .outerjoin(Nomination, Nomination.id == NominationHead.nomination_id)
    .outerjoin(Authorisation, _newest(Authorisation))
    .outerjoin(Reading, _newest(Reading))
    .outerjoin(_MOVED, true())
    .outerjoin(DAYS, _of_the_day(DAYS.c))
    .where(DeliveryPoint.id == POINT)
)


def as_it_stands(
    session: Session, *, delivery_point_id: int, unit: Unit, day: date
) -> tuple[Sources, DayFigures | None]:
    """Return what is in force for the day at a point of this unit, and its row of the projection if it has one."""
    found = _AS_IT_STANDS.first(session, point=delivery_point_id, day=day)
    if found is None:
        raise LookupError(f"there is no delivery point {delivery_point_id}")
    return _sources(found, unit), _stored(found)


def authoritative(m3: int | None, mbtu: int | None, unit: Unit) -> Quantity | None:
    """Return the quantity of two columns in the unit that it was given in; None when there is nothing in them."""
    gas = gas_of(m3, mbtu)
    return None if gas is None else gas.in_unit(unit)


def _sources(found: Row[*tuple[Any, ...]], unit: Unit) -> Sources:
    signed_unit = unit if found.signed_unit is None else Unit(found.signed_unit)
    return Sources(
        nominated=authoritative(found.signed_m3, found.signed_mbtu, signed_unit),
        nomination_revision=found.revision,
        authorised=authoritative(found.allowed_m3, found.allowed_mbtu, unit),
        cut_reason=found.cut,
        consumed=None if found.volume_m3 is None else Quantity(found.volume_m3, Unit.M3),
        reading_state=found.state,
        adjustment=gas_of(found.moved_m3, found.moved_mbtu),
    )


def _stored(found: Row[*tuple[Any, ...]]) -> DayFigures | None:
    if found.delivery_point_id is None:
        return None
    return DayFigures(
        gas_of(found.nominated_m3, found.nominated_mbtu),
        found.nomination_revision,
        gas_of(found.authorised_m3, found.authorised_mbtu),
        found.cut_reason,
        gas_of(found.consumed_m3, found.consumed_mbtu),
        found.reading_state,
        found.heating_value,
        bool(found.heating_value_provisional),
        gas_of(found.adjustment_m3, found.adjustment_mbtu) or Gas.zero(),
    )
