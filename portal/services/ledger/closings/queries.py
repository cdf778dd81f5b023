"""Queries of a month's closing: the versions of its statement, and later corrections."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.balance import ExceptionClause, LateTreatment
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import is_uncharged
from portal.models import DeliveryPoint, LateCorrection, MonthClosing, User


class ClosingView(NamedTuple):
    """One version of a month's statement; ``reason`` says why it was stated again, None for the first."""

    id: int
    statement_number: str
    version: int
    reason: str | None
    closed_at: datetime
    opening: dict[Unit, Quantity]
    imbalance: dict[Unit, Quantity]
    closing: dict[Unit, Quantity]
    provisional_days: int
    missing_days: int


class CorrectionView(NamedTuple):
    """A correction of a closed day, in m³; ``approved`` is None while it waits for a second person.

    ``clause`` of the contract and its reason are the exception by which it is charged after five months.
    """

    public_id: str
    gas_day: GasDay
    replaced: Quantity
    volume: Quantity
    reason: str
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    approved: bool | None
    treatment: LateTreatment | None
    clause: ExceptionClause | None = None
    clause_reason: str | None = None

    @property
    def is_uncharged(self) -> bool:
        """True if it was approved and moved no account: more than five months had passed (contract, cl. 51, 68)."""
        return self.approved is True and self.treatment is None

    def would_charge_nothing(self, now: datetime) -> bool:
        """Tell whether it would move no account if approved at this moment."""
        return self.clause is None and is_uncharged(
            self.gas_day, before=self.replaced, after=self.volume, today=GasDay.of(now)
        )


class RequestView(NamedTuple):
    """A correction with its point, and the person who may not decide it."""

    point: str
    point_public_id: str
    requested_by_id: int
    correction: CorrectionView


_Requester, _Decider = aliased(User), aliased(User)


def list_closings_of_month(session: Session, *, delivery_point_id: int, month: Month) -> tuple[ClosingView, ...]:
    """Return the versions of the month's own statement, newest first; empty without one."""
    rows = session.scalars(
        select(MonthClosing)
        .where(MonthClosing.delivery_point_id == delivery_point_id, MonthClosing.month == month.first.date)
        .order_by(MonthClosing.version.desc())
    )

    def both(row: MonthClosing, figure: str) -> dict[Unit, Quantity]:
        return {unit: getattr(row, f"{figure}_{unit.name.lower()}") for unit in Unit}

    return tuple(
        [
            ClosingView(
                row.id,
                row.statement_number,
                row.version,
                row.reason,
                row.closed_at,
                both(row, "opening"),
                both(row, "imbalance"),
                both(row, "closing"),
                row.provisional_days,
                row.missing_days,
            )
            for row in rows
        ]
    )


def find_last_closed_month(session: Session, *, delivery_point_id: int) -> Month | None:
    """Return the last closed month of a point: all its days up to the last of it are frozen."""
    last = session.scalar(
        select(func.max(MonthClosing.month)).where(MonthClosing.delivery_point_id == delivery_point_id)
    )
    return None if last is None else Month.of(GasDay(last))


def list_corrections(session: Session, *, delivery_point_id: int, first: GasDay, last: GasDay) -> list[CorrectionView]:
    """Return the corrections of closed days from ``first`` to ``last`` at a point, newest first."""
    rows = session.execute(
        select(LateCorrection, _Requester.name.label("requester"), _Decider.name.label("decider"))
        .join(_Requester, _Requester.id == LateCorrection.requested_by_id)
        .outerjoin(_Decider, _Decider.id == LateCorrection.decided_by_id)
        .where(LateCorrection.delivery_point_id == delivery_point_id, LateCorrection.gas_day.between(first, last))
        .order_by(LateCorrection.id.desc())
    )
    return [_view(row.LateCorrection, row.requester, row.decider) for row in rows]


def list_requested(session: Session, *, most_decided: int = 20) -> list[RequestView]:
    """Return the waiting corrections of closed days, oldest first, then the last decided ones."""
    asked = (
        select(
            LateCorrection,
            _Requester.name.label("requester"),
            _Decider.name.label("decider"),
            DeliveryPoint.name.label("point"),
            DeliveryPoint.public_id,
        )
        .join(_Requester, _Requester.id == LateCorrection.requested_by_id)
        .join(DeliveryPoint, DeliveryPoint.id == LateCorrection.delivery_point_id)
        .outerjoin(_Decider, _Decider.id == LateCorrection.decided_by_id)
    )
    waiting = asked.where(LateCorrection.decided_at.is_(None)).order_by(LateCorrection.id)
    decided = asked.where(LateCorrection.decided_at.is_not(None)).order_by(LateCorrection.decided_at.desc())
    return [
        RequestView(
            row.point,
            row.public_id,
            row.LateCorrection.requested_by_id,
            _view(row.LateCorrection, row.requester, row.decider),
        )
        for question in (waiting, decided.limit(most_decided))
        for row in session.execute(question)
    ]


def _view(found: LateCorrection, requester: str, decider: str | None) -> CorrectionView:
    return CorrectionView(
        found.public_id,
        found.gas_day,
        found.replaced_m3,
        found.volume_m3,
        found.reason,
        found.requested_at,
        requester,
        found.decided_at,
        decider,
        found.approved,
        found.treatment,
        found.exception_clause,
        found.exception_reason,
    )
