"""Rows behind the start page: each query reads all points at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.keys import GRANT_IDLE, KeyState
from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import AccessKey, Binding, Company, Contract, DailyBalance, DeliveryPoint, Grant, MonthlyBalance
from portal.services.store.acts import Act


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A month's sums in one unit."""

    imbalance: Quantity
    consumed: Quantity
    measured_days: int


@dataclass(frozen=True, slots=True)
class LatestMonth:
    """The newest month of an account with figures, and the account after it."""

    month: date | None
    sums: MonthSums
    closing: Quantity

    def of(self, month: Month, unit: Unit) -> MonthSums:
        """Return the sums of ``month``: zero while it has no row of its own."""
        return self.sums if self.month == month.first.date else make_empty(unit).sums


def make_empty(unit: Unit) -> LatestMonth:
    """Return the account of a point without any figure."""
    zero = Quantity.zero(unit)
    return LatestMonth(None, MonthSums(zero, zero, 0), zero)


def list_bound_contracts(session: Session, *, user_id: int | None) -> Sequence[Contract]:
    """Return the contracts that a person opened once, by company and modality."""
    return (
        session.scalars(
            select(Contract)
            .join(Binding, Binding.contract_id == Contract.id)
            .join(Company, Company.id == Contract.company_id)
            .where(Binding.user_id == user_id, Binding.disabled_at.is_(None))
            .order_by(Company.sort_name, Contract.modality, Contract.id)
        )
        .unique()
        .all()
    )


def list_opened_contract_ids(act: Act) -> set[int]:
    """Return the row ids of the contracts that this session holds open with their web keys."""
    rows = act.session.scalars(
        select(Grant.contract_id)
        .join(AccessKey, AccessKey.id == Grant.access_key_id)
        .where(
            Grant.session_id == act.actor.session_id,
            Grant.contract_id.is_not(None),
            Grant.last_used_at > act.now - GRANT_IDLE,
            AccessKey.state.in_((KeyState.ISSUED, KeyState.ACTIVE)),
            or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > act.now),
        )
    )
    return {contract_id for contract_id in rows if contract_id is not None}


def find_latest_months(session: Session, *, points: Sequence[DeliveryPoint], month: Month) -> dict[int, LatestMonth]:
    """Return the newest month with figures of each point, ``month`` or before it."""
    units = {point.id: point.unit for point in points}
    newest = (
        select(MonthlyBalance.delivery_point_id, func.max(MonthlyBalance.month).label("month"))
        .where(MonthlyBalance.delivery_point_id.in_(units), MonthlyBalance.month <= month.first.date)
        .group_by(MonthlyBalance.delivery_point_id)
        .subquery()
    )
    rows = session.scalars(
        select(MonthlyBalance).join(
            newest,
            and_(
                newest.c.delivery_point_id == MonthlyBalance.delivery_point_id,
                newest.c.month == MonthlyBalance.month,
            ),
        )
    )
    return {row.delivery_point_id: _latest(row, units[row.delivery_point_id]) for row in rows}


def find_last_readings(session: Session, *, points: Sequence[DeliveryPoint]) -> dict[int, GasDay]:
    """Return the last day with a consumption of each point that has one."""
    # Search from the end of each account, without reading its history.
    newest = (
        select(DailyBalance.gas_day)
        .where(DailyBalance.delivery_point_id == DeliveryPoint.id, DailyBalance.consumed_m3.is_not(None))
        .order_by(DailyBalance.gas_day.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(select(DeliveryPoint.id, newest).where(DeliveryPoint.id.in_([point.id for point in points])))
    return {point_id: day for point_id, day in rows if day is not None}


def _latest(row: MonthlyBalance, unit: Unit) -> LatestMonth:
    sums = MonthSums(
        Gas(row.imbalance_m3, row.imbalance_mbtu).in_unit(unit),
        Gas(row.consumed_m3, row.consumed_mbtu).in_unit(unit),
        row.measured_days,
    )
    return LatestMonth(row.month, sums, Gas(row.closing_m3, row.closing_mbtu).in_unit(unit))
