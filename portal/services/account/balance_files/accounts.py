"""Months of the account in both units, one after the other: the source of every file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.balance import DayAccount, DayInput, MonthAccount, compute_month, is_out_of_tolerance
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.services.account.opened_points import OpenedPoint
from portal.services.points.service_days import count_measured_after_end
from portal.services.store.snapshots import one_moment
from portal.services.timetable import holidays

from .queries import ClosedMonth, DayRow, Movement, Records, read


class FileDay(NamedTuple):
    """A day of the account in each unit, with the remarks beside its figures."""

    gas_day: GasDay
    accounts: Mapping[Unit, DayAccount]
    out_of_tolerance: bool
    state: ReadingState | None
    cut_reason: CutReason | None
    heating_value: HeatingValue | None
    heating_value_provisional: bool
    holiday: str | None
    movements: tuple[Movement, ...]
    has_passed: bool
    after_end: bool = False


class FileMonth(NamedTuple):
    """A month of the account in each unit: all its days, or those that were asked for.

    ``measured_days`` have a reading, ``missing_days`` passed without one, ``provisional_days`` have one that is neither
    certified nor corrected, ``days_out`` are out of tolerance. ``closed`` are its numbered statements, the one in
    force last.
    """

    month: Month
    accounts: Mapping[Unit, MonthAccount]
    days: tuple[FileDay, ...]
    measured_days: int
    missing_days: int
    provisional_days: int
    days_out: int
    movements: tuple[Movement, ...]
    closed: tuple[ClosedMonth, ...]


@dataclass(frozen=True, slots=True)
class AccountSpan:
    """Whole months of the account of ``point``, as read at one moment; makes no more queries.

    ``unit`` is the one that is shown first. A day is judged in or out of tolerance in the unit of the point.
    ``measured_before`` counts the measured days of the point's validity before ``first``.
    """

    point: OpenedPoint
    unit: Unit
    first: Month
    last: Month
    today: GasDay
    records: Records
    named: Mapping[date, str]
    measured_before: int

    @property
    def units(self) -> tuple[Unit, Unit]:
        """Both units, the one that is shown first before the other."""
        return self.unit, Unit.MBTU if self.unit is Unit.M3 else Unit.M3

    def months(self) -> Iterator[FileMonth]:
        """Yield each month in order, made from the one before; only one is held in memory."""
        by_day = {row.day: row for row in self.records.rows}
        opening, measured, month = self.records.opening, self.measured_before, self.first
        movements: dict[date, list[Movement]] = {}
        for movement in self.records.movements:
            movements.setdefault(movement.gas_day.date, []).append(movement)
        listed: dict[tuple[int, int], list[GasDay]] = {}
        for day in self._listed():
            listed.setdefault((day.date.year, day.date.month), []).append(day)
        while True:
            days = listed.get((month.year, month.number), ())
            found = self._month(month, [(day, by_day.get(day.date)) for day in days], opening, measured, movements)
            yield found
            if month == self.last:
                return
            opening = Gas(found.accounts[Unit.M3].closing, found.accounts[Unit.MBTU].closing)
            measured += sum([self._is_measured_within(row) for row in found.accounts[self.unit].rows])
            month = month.next

    def _is_measured_within(self, row: DayAccount) -> bool:
        """Tell whether a day was measured before the end of the point: later readings hide no gap."""
        ends_on = self.point.ends_on
        return row.consumed is not None and (ends_on is None or row.gas_day < ends_on)

    @property
    def counted_until(self) -> GasDay:
        """The first day that is no gap without a reading: today, or the end of the point."""
        ends_on = self.point.ends_on
        return self.today if ends_on is None else min(self.today, ends_on)

    @property
    def opening_incomplete(self) -> bool:
        """Tell whether a day before the first month is not measured; before a month to come also today."""
        ends_on, first = self.point.ends_on, self.first.first
        until = first if ends_on is None else min(first, ends_on)
        return self.measured_before < max(0, (until.date - self.point.starts_on.date).days)

    def _listed(self) -> list[GasDay]:
        """Return every day of the files: those served until today, and the other days with figures."""
        first, last = max(self.first.first, self.point.starts_on).date, min(self.last.last, self.today).date
        rows = self.records.rows
        if self.point.ends_on is not None:
            last = min(last, self.point.ends_on.plus(-1).date)
            # A nomination that was withdrawn leaves a row without figures.
            rows = [row for row in rows if row.day <= last or row.has_figures]
        if rows:
            first, last = min(first, rows[0].day), max(last, rows[-1].day)
        return [GasDay(first + timedelta(days=after)) for after in range((last - first).days + 1)]

    def _month(
        self,
        month: Month,
        days: Sequence[tuple[GasDay, DayRow | None]],
        opening: Gas,
        measured: int,
        movements: Mapping[date, Sequence[Movement]],
    ) -> FileMonth:
        until = self.counted_until
        incomplete = measured < max(0, (min(month.first, until).date - self.point.starts_on.date).days)
        accounts = {
            unit: compute_month(
                unit,
                opening.in_unit(unit),
                incomplete,
                [_input(day, row, unit) for day, row in days],
                until,
                self.point.ends_on,
            )
            for unit in Unit
        }
        listed = [
            self._day(day, row, dict(zip(Unit, both, strict=True)), movements.get(day.date, ()))
            for (day, row), *both in zip(days, *[accounts[unit].rows for unit in Unit], strict=True)
        ]
        return FileMonth(
            month=month,
            accounts=accounts,
            days=tuple(listed),
            measured_days=accounts[self.unit].measured_days,
            missing_days=sum([row.consumed is None and row.gas_day < until for row in accounts[self.unit].rows]),
            provisional_days=sum([day.state in (ReadingState.PROVISIONAL, ReadingState.ESTIMATED) for day in listed]),
            days_out=sum([day.out_of_tolerance for day in listed]),
            movements=tuple([movement for day in listed for movement in day.movements]),
            closed=tuple([each for each in self.records.closed if each.month == month.first.date]),
        )

    def _day(
        self,
        gas_day: GasDay,
        row: DayRow | None,
        accounts: Mapping[Unit, DayAccount],
        movements: Sequence[Movement],
    ) -> FileDay:
        judged = accounts[self.point.unit]
        strayed = judged.consumed is not None and is_out_of_tolerance(
            judged.due, judged.consumed, self.point.tolerance.on(gas_day)
        )
        holiday, passed = self.named.get(gas_day.date), gas_day < self.counted_until
        ends_on = self.point.ends_on
        after_end = ends_on is not None and gas_day >= ends_on
        if row is None:
            return FileDay(
                gas_day, accounts, strayed, None, None, None, False, holiday, tuple(movements), passed, after_end
            )
        return FileDay(
            gas_day,
            accounts,
            strayed,
            None if row.reading_state is None else ReadingState(row.reading_state),
            None if row.cut_reason is None else CutReason(row.cut_reason),
            None if row.heating_value is None else HeatingValue(row.heating_value),
            bool(row.heating_value_provisional),
            holiday,
            tuple(movements),
            passed,
            after_end,
        )


def load_account_span(
    session: Session, *, point: OpenedPoint, unit: Unit, first: Month, last: Month, today: GasDay
) -> AccountSpan:
    """Return the months from ``first`` to ``last`` of an opened point, by four queries at one moment.

    A fifth after its end. The holidays come from a cache. All is read before this returns, so that a slow reader of
    the file holds neither transaction nor connection: twelve years are 4 MB.
    """
    named = holidays.load_known(session)
    with one_moment(session):
        records = read(session, delivery_point_id=point.id, first=first.first.date, last=last.last.date)
        later = count_measured_after_end(
            session, delivery_point_id=point.id, ends_on=point.ends_on, before=first.first.date
        )
    return AccountSpan(point, unit, first, last, today, records, named, records.measured_before - later)


def _input(day: GasDay, row: DayRow | None, unit: Unit) -> DayInput:
    if row is None:
        return DayInput(day, None, None, None, Quantity.zero(unit))
    if unit is Unit.M3:
        asked, allowed, taken, moved = row.nominated_m3, row.authorised_m3, row.consumed_m3, row.adjustment_m3
    else:
        asked, allowed, taken, moved = row.nominated_mbtu, row.authorised_mbtu, row.consumed_mbtu, row.adjustment_mbtu
    return DayInput(
        day,
        None if asked is None else Quantity(asked, unit),
        None if allowed is None else Quantity(allowed, unit),
        None if taken is None else Quantity(taken, unit),
        Quantity(moved, unit),
    )
