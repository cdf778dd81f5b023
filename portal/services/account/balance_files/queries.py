"""Rows behind a file of the account, read at one moment: days, opening, adjustments, statements of closed months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.services.store.statements import day_of, moment_of

from . import hot


class DayRow(NamedTuple):
    """A day of the projection; amounts in millionths, ``heating_value`` in thousandths of BTU/ft³."""

    day: date
    nominated_m3: int | None
    nominated_mbtu: int | None
    authorised_m3: int | None
    authorised_mbtu: int | None
    consumed_m3: int | None
    consumed_mbtu: int | None
    adjustment_m3: int
    adjustment_mbtu: int
    reading_state: str | None
    cut_reason: str | None
    heating_value: int | None
    heating_value_provisional: bool

    @property
    def has_figures(self) -> bool:
        """True if the day has a quantity or an adjustment."""
        quantities = (self.nominated_m3, self.authorised_m3, self.consumed_m3)
        return bool(self.adjustment_m3 or self.adjustment_mbtu) or quantities != (None, None, None)


class Movement(NamedTuple):
    """An adjustment of the account: day, reason, amount in both units, and note."""

    gas_day: GasDay
    reason: AdjustmentReason
    note: str
    quantity: Gas


class ClosedMonth(NamedTuple):
    """A numbered statement of a closed month; a ``version`` above 1 restates it for its ``reason``."""

    month: date
    number: str
    version: int
    reason: str | None
    closed_at: datetime
    opening: Gas
    nominated: Gas
    authorised: Gas
    consumed: Gas
    imbalance: Gas
    adjustment: Gas
    closing: Gas


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of the requested days, and the account before the first of them.

    ``measured_before`` counts the days with a reading before the month that ``opening`` belongs to. Statements come by
    month and version, movements by day.
    """

    rows: Sequence[DayRow]
    opening: Gas
    measured_before: int
    movements: Sequence[Movement]
    closed: Sequence[ClosedMonth]


def read(session: Session, *, delivery_point_id: int, first: date, last: date) -> Records:
    """Return the rows of the days from ``first``, the first of a month, to ``last``, by four queries.

    The caller sees to it that they read one moment of the database.
    """
    asked: dict[str, Any] = {"point": delivery_point_id, "first": first, "last": last}
    opening, measured = _before(session, delivery_point_id, first)
    return Records(
        [_day(row) for row in hot.DAYS.named(session, hot.DayColumns, **asked)],
        opening,
        measured,
        [
            Movement(
                GasDay(day_of(row.gas_day)),
                AdjustmentReason(row.reason),
                row.note,
                _gas(row.quantity_m3, row.quantity_mbtu),
            )
            for row in hot.MOVEMENTS.rows(session, **asked)
        ],
        [_closed(row) for row in hot.CLOSED.rows(session, **asked)],
    )


def _day(row: hot.DayColumns) -> DayRow:
    return DayRow(
        day_of(row.gas_day),
        row.nominated_m3,
        row.nominated_mbtu,
        row.authorised_m3,
        row.authorised_mbtu,
        row.consumed_m3,
        row.consumed_mbtu,
        row.adjustment_m3,
        row.adjustment_mbtu,
        row.reading_state,
        row.cut_reason,
        row.heating_value,
        row.heating_value_provisional,
    )


def _before(session: Session, delivery_point_id: int, first: date) -> tuple[Gas, int]:
    row = hot.OPENING.first(session, point=delivery_point_id, first=first)
    if row is None:
        return Gas.zero(), 0
    if day_of(row.month) == first:
        return _gas(row.opening_m3, row.opening_mbtu), row.measured_before
    return _gas(row.closing_m3, row.closing_mbtu), row.measured_before + row.measured_days


def _closed(row: Row[*tuple[Any, ...]]) -> ClosedMonth:
    return ClosedMonth(
        month=day_of(row.month),
        number=row.statement_number,
        version=row.version,
        reason=row.reason,
        closed_at=moment_of(row.closed_at),
        **{name: _gas(getattr(row, f"{name}_m3"), getattr(row, f"{name}_mbtu")) for name in hot.SUMS},
    )


def _gas(m3: int, mbtu: int) -> Gas:
    return Gas(Quantity(m3, Unit.M3), Quantity(mbtu, Unit.MBTU))
