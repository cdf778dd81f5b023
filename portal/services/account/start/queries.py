"""Rows behind the start page: each query reads all points at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.models import Binding, Company, Contract, DeliveryPoint
from portal.services.store.statements import day_of

from . import hot

# Built once: building it anew takes longer than its rows.
_BOUND = (
    select(Contract)
    .join(Binding, Binding.contract_id == Contract.id)
    .join(Company, Company.id == Contract.company_id)
    .where(Binding.user_id == bindparam("user_id"), Binding.disabled_at.is_(None))
    .order_by(Company.sort_name, Contract.modality, Contract.id)
)


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A month's sums in one unit."""

    imbalance: Quantity
    consumed: Quantity
    measured_days: int


@dataclass(frozen=True, slots=True)
class LatestMonth:
    """The newest month of an account with figures, and the account after it.

    ``measured_before`` counts the days with a reading before that month.
    """

    month: date | None
    sums: MonthSums
    closing: Quantity
    measured_before: int = 0

    def of(self, month: Month, unit: Unit) -> MonthSums:
        """Return the sums of ``month``: zero while it has no row of its own."""
        return self.sums if self.month == month.first.date else make_empty(unit).sums

    def count_before(self, month: Month) -> int:
        """Return the number of days with a reading before ``month``, this one or a later."""
        return self.measured_before + (0 if self.month == month.first.date else self.sums.measured_days)


def make_empty(unit: Unit) -> LatestMonth:
    """Return the account of a point without any figure."""
    zero = Quantity.zero(unit)
    return LatestMonth(None, MonthSums(zero, zero, 0), zero)


def list_bound_contracts(session: Session, *, user_id: int | None) -> Sequence[Contract]:
    """Return the contracts that a person opened once, by company and modality."""
    return session.scalars(_BOUND, {"user_id": user_id}).unique().all()


class Account(NamedTuple):
    """An account: its newest month with figures, and the last day with a consumption, None before the first."""

    latest: LatestMonth
    last_reading: GasDay | None


def find_accounts(session: Session, *, points: Sequence[DeliveryPoint], month: Month) -> dict[int, Account]:
    """Return the account of each point as of ``month``, by row id; one query for 25 points."""
    units = {point.id: point.unit for point in points}
    rows = hot.ACCOUNTS.listed(session, hot.AccountRow, list(units), month=month.first.date)
    return {row.delivery_point_id: _account(row, units[row.delivery_point_id]) for row in rows}


def _account(row: hot.AccountRow, unit: Unit) -> Account:
    last = None if row.last_measured_on is None else GasDay(day_of(row.last_measured_on))
    if row.month is None:
        return Account(make_empty(unit), last)

    def own(m3: int | None, mbtu: int | None) -> Quantity:
        return Quantity((m3 if unit is Unit.M3 else mbtu) or 0, unit)

    sums = MonthSums(
        own(row.imbalance_m3, row.imbalance_mbtu), own(row.consumed_m3, row.consumed_mbtu), row.measured_days or 0
    )
    return Account(
        LatestMonth(day_of(row.month), sums, own(row.closing_m3, row.closing_mbtu), row.measured_before or 0), last
    )
