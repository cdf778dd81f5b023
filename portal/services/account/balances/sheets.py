"""Sheet of a month: the account (docs/rules.md, "Balance account") with remarks beside each day; the months offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.balance import DayAccount, DayInput, MonthAccount, compute_month, is_out_of_tolerance
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.services.points.service_days import count_measured_after_end
from portal.services.timetable import holidays

from .queries import DayRow, Stamp, list_month_rows


class SheetDay(NamedTuple):
    """A row of the sheet: the day's account, and the remarks beside its figures."""

    account: DayAccount
    out_of_tolerance: bool
    reading_state: ReadingState | None
    cut_reason: CutReason | None
    heating_value: HeatingValue | None
    heating_value_provisional: bool
    holiday: str | None


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """A month of a point in ``unit``, day by day and in total.

    ``converted`` is true when that is not the point's own unit: its figures depend on the heating value of each day.
    ``missing_days`` of this month passed without a reading; ``stamp`` is the source of the sheet.
    """

    month: Month
    unit: Unit
    converted: bool
    tolerance_basis_points: int
    today: GasDay
    account: MonthAccount
    opening_incomplete: bool
    days: tuple[SheetDay, ...]
    missing_days: int
    stamp: Stamp | None
    starts_on: GasDay
    ends_on: GasDay | None = None

    def is_after_end(self, day: GasDay) -> bool:
        """Tell whether a day lies after the end of the point: its figures stay and are marked."""
        return self.ends_on is not None and day >= self.ends_on


def load_month_sheet(
    session: Session,
    *,
    delivery_point_id: int,
    unit: Unit,
    tolerance_basis_points: int,
    month: Month,
    today: GasDay,
    starts_on: GasDay,
    ends_on: GasDay | None = None,
    own_unit: Unit | None = None,
    stamped: Stamp | None = None,
    until: GasDay | None = None,
) -> MonthSheet:
    """Return the sheet of a month in ``unit``, by two queries, three after ``ends_on``.

    The holidays come from a cache.

    Days are listed from the point's first to the later of ``today`` and the last one with figures; after ``ends_on``
    (excluded) only those with figures. A day without reading before ``today`` leaves M and T incomplete, and T also
    when an earlier month lacks one. ``own_unit`` is the point's, by default ``unit``: a day is in or out of tolerance
    there, so that both units agree. ``stamped`` saves the first query when the caller has just made it. The days to
    ``until`` are listed too, for who asks of a coming day that has no figure.
    """
    judged = own_unit or unit
    known, rows = list_month_rows(
        session, delivery_point_id=delivery_point_id, unit=unit, judged=judged, month=month, stamped=stamped
    )
    opening, measured = _before(known, month)
    # A day after the end of the point is no gap.
    counted_until = today if ends_on is None else min(today, ends_on)
    by_day = {row.day: row for row in rows}
    measured -= count_measured_after_end(
        session, delivery_point_id=delivery_point_id, ends_on=ends_on, before=month.first.date
    )
    days = [GasDay(day) for day in _listed(month, starts_on, max(today, until or today), ends_on, rows)]
    opening_incomplete = measured < count_days_before(month, starts_on, counted_until)
    named = holidays.load_known(session)
    account = compute_month(
        unit,
        Quantity(opening, unit),
        opening_incomplete,
        [_input(day, by_day.get(day.date), unit) for day in days],
        counted_until,
        ends_on,
    )
    return MonthSheet(
        month=month,
        unit=unit,
        converted=unit is not judged,
        tolerance_basis_points=tolerance_basis_points,
        today=today,
        account=account,
        opening_incomplete=opening_incomplete,
        days=tuple(
            [_day(row, by_day.get(row.gas_day.date), named, judged, tolerance_basis_points) for row in account.rows]
        ),
        missing_days=sum([row.consumed is None and row.gas_day < counted_until for row in account.rows]),
        stamp=known,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _before(known: Stamp | None, month: Month) -> tuple[int, int]:
    """Return the account before the month in millionths, and the number of earlier measured days."""
    if known is None:
        return 0, 0
    if known.month == month.first.date:
        return known.opening, known.measured_before
    return known.closing, known.measured_before + known.measured_days


def count_days_before(month: Month, starts_on: GasDay, until: GasDay) -> int:
    """Return the number of days of the point, from its first to ``until`` (excluded), before the month."""
    return max(0, (min(month.first, until).date - starts_on.date).days)


def _listed(month: Month, starts_on: GasDay, today: GasDay, ends_on: GasDay | None, rows: list[DayRow]) -> list[date]:
    first = max(month.first, starts_on).date
    last = min(month.last, today).date
    if ends_on is not None:
        last = min(last, ends_on.plus(-1).date)
        # A nomination that was withdrawn leaves a row without figures.
        rows = [row for row in rows if row.day <= last or row.has_figures]
    if rows:
        first, last = min(first, rows[0].day), max(last, rows[-1].day)
    return [first + timedelta(days=after) for after in range((last - first).days + 1)]


def _input(day: GasDay, row: DayRow | None, unit: Unit) -> DayInput:
    if row is None:
        return DayInput(day, None, None, None, Quantity.zero(unit))
    _, nominated, authorised, consumed, adjustment, *_ = row
    return DayInput(
        day,
        None if nominated is None else Quantity(nominated, unit),
        None if authorised is None else Quantity(authorised, unit),
        None if consumed is None else Quantity(consumed, unit),
        Quantity(adjustment, unit),
    )


def _day(
    account: DayAccount, row: DayRow | None, named: Mapping[date, str], judged: Unit, tolerance_basis_points: int
) -> SheetDay:
    holiday = named.get(account.gas_day.date)
    if row is None:
        return SheetDay(account, False, None, None, None, False, holiday)
    return SheetDay(
        account,
        has_strayed(row.judged_due, row.judged_consumed, judged, tolerance_basis_points),
        None if row.reading_state is None else ReadingState(row.reading_state),
        None if row.cut_reason is None else CutReason(row.cut_reason),
        None if row.heating_value is None else HeatingValue(row.heating_value),
        bool(row.heating_value_provisional),
        holiday,
    )


def has_strayed(due: int | None, consumed: int | None, unit: Unit, tolerance_basis_points: int) -> bool:
    """Tell whether a day is out of tolerance by its figures in millionths; never without consumption."""
    if consumed is None:
        return False
    return is_out_of_tolerance(Quantity(due or 0, unit), Quantity(consumed, unit), tolerance_basis_points)


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Every month from ``first`` to ``last``, both included."""

    first: Month
    last: Month

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    def nearest(self, month: Month) -> Month:
        """Return ``month``, or the one of these that is nearest to it."""
        return min(max(month, self.first), self.last)

    def reaching(self, month: Month) -> MonthRange:
        """Return these months and those up to ``month``."""
        return MonthRange(self.first, max(self.last, month))

    @property
    def years(self) -> range:
        """The years that the months lie in."""
        return range(self.first.year, self.last.year + 1)


def list_offered_months(
    starts_on: GasDay, ends_on: GasDay | None, today: GasDay, last_figure_on: GasDay | None
) -> MonthRange:
    """Return the months from that of December 2014, or of the point's first day, to that of ``today``.

    Of a point that ended before, the day excluded, to that of its last day. To that of ``last_figure_on`` when it is
    later: the last day with a figure in force, which on the last days of a month may lie in the next one, or after the
    end of the point. A point that begins later has one month, that of its first day.
    """
    first = Month.of(max(starts_on, FIRST_GAS_DAY))
    last = today if ends_on is None else min(today, ends_on.plus(-1))
    if last_figure_on is not None:
        last = max(last, last_figure_on)
    return MonthRange(first, max(first, Month.of(last)))
