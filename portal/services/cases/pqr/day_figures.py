"""Figures of the gas day that a claim is about, in one unit, and every version behind them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.balance import compute_imbalance
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Contract, DailyBalance, DeliveryPoint
from portal.services.account.explanations.sources import Sources, read


class DayFigures(NamedTuple):
    """Figures of a day in one unit; None is "not there". ``imbalance``: positive for gas not taken, None if unread."""

    nominated: Quantity | None
    authorised: Quantity | None
    consumed: Quantity | None
    imbalance: Quantity | None
    reading_state: ReadingState | None
    cut_reason: CutReason | None


class DisputedDay(NamedTuple):
    """The day of a claim for the distributor: contract, figures in the unit of the point, and their versions."""

    contract_number: str
    modality: Modality
    unit: Unit
    figures: DayFigures
    sources: Sources


NONE = DayFigures(None, None, None, None, None, None)
_DAY = select(
    DailyBalance.nominated_m3,
    DailyBalance.nominated_mbtu,
    DailyBalance.authorised_m3,
    DailyBalance.authorised_mbtu,
    DailyBalance.consumed_m3,
    DailyBalance.consumed_mbtu,
    DailyBalance.reading_state,
    DailyBalance.cut_reason,
).where(DailyBalance.delivery_point_id == bindparam("point"), DailyBalance.gas_day == bindparam("day"))


def load_day_figures(session: Session, *, delivery_point_id: int, gas_day: GasDay, unit: Unit) -> DayFigures:
    """Return the figures of a day in ``unit``; all None when it has none."""
    row = session.execute(_DAY, {"point": delivery_point_id, "day": gas_day}).one_or_none()
    return NONE if row is None else _figures_of(row, unit)


def load_disputed_day(session: Session, *, delivery_point_id: int, gas_day: GasDay, today: GasDay) -> DisputedDay:
    """Return the day of a claim with every version behind its figures."""
    point = session.execute(
        select(Contract.number, Contract.modality, DeliveryPoint.unit)
        .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
        .where(DeliveryPoint.id == delivery_point_id)
    ).one()
    return DisputedDay(
        contract_number=point.number,
        modality=point.modality,
        unit=point.unit,
        figures=load_day_figures(session, delivery_point_id=delivery_point_id, gas_day=gas_day, unit=point.unit),
        sources=read(session, delivery_point_id=delivery_point_id, gas_day=gas_day, today=today),
    )


def _figures_of(row: Row[*tuple[Any, ...]], unit: Unit) -> DayFigures:
    nominated, authorised, consumed = (
        getattr(row, f"{name}_{unit.name.lower()}") for name in ("nominated", "authorised", "consumed")
    )
    return DayFigures(
        nominated,
        authorised,
        consumed,
        compute_imbalance(authorised, nominated, consumed),
        row.reading_state,
        row.cut_reason,
    )
