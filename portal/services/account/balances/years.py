"""Overview of a year: twelve months of the account side by side, and the days that strayed farthest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from heapq import nlargest
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.balance import compute_variation
from portal.domain.gas_day import AccountYear, GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import Tolerance
from portal.services.points.service_days import count_measured_after_end
from portal.services.store.statements import day_of

from . import hot
from .marks import ClosingMark, list_closings
from .sheets import MonthRange, count_days_before, has_strayed

WORST = 5


class YearMonth(NamedTuple):
    """A month of the overview; its figures are zero where nothing is recorded.

    Its sums are over the measured days, as on its sheet; ``pending_nominated`` and ``pending_authorised`` are
    the quantities of the other days. ``missing_days`` passed without a reading; ``days_out`` are out of
    tolerance; ``closings`` are its statements, the one in force last;
    ``after_end`` counts the measured days from the point's end on.
    """

    month: Month
    nominated: Quantity
    authorised: Quantity
    consumed: Quantity
    imbalance: Quantity
    adjustment: Quantity
    opening: Quantity
    closing: Quantity
    measured_days: int
    missing_days: int
    closing_incomplete: bool
    days_out: int
    pending_nominated: Quantity
    pending_authorised: Quantity
    closings: tuple[ClosingMark, ...]
    after_end: int = 0


@dataclass(frozen=True, slots=True)
class YearOverview:
    """A year of a point in ``unit``: the months of its account, their sum, its worst days.

    ``tolerance_basis_points`` is that of its last day, at most today; each day is judged by its own.
    ``months`` leaves out what is not ``offered``: before the point's first day, after today. ``total`` carries the
    first opening and the last closing. ``most_out`` are the days out of tolerance that strayed farthest in percent,
    ``largest`` those with the largest imbalance; of equals the earlier comes first.
    """

    year: AccountYear
    unit: Unit
    converted: bool
    tolerance_basis_points: int
    months: tuple[YearMonth, ...]
    total: YearMonth
    most_out: tuple[YearDay, ...]
    largest: tuple[YearDay, ...]
    ends_on: GasDay | None = None


def load_year_overview(
    session: Session,
    *,
    delivery_point_id: int,
    unit: Unit,
    own_unit: Unit,
    tolerance: Tolerance,
    year: AccountYear,
    today: GasDay,
    starts_on: GasDay,
    ends_on: GasDay | None,
    offered: MonthRange,
    stamped: YearStamp,
) -> YearOverview:
    """Return the overview of a year in ``unit``, by one query besides those of its ``stamped``, two after ``ends_on``.

    Days are judged in or out of tolerance in ``own_unit``, the point's.
    """
    days = list_measured_days(
        session,
        delivery_point_id=delivery_point_id,
        unit=unit,
        judged=own_unit,
        tolerance=tolerance,
        year=year,
    )
    counted_until = today if ends_on is None else min(today, ends_on)
    beyond = count_measured_after_end(
        session, delivery_point_id=delivery_point_id, ends_on=ends_on, before=year.first_day.date
    )
    before = [row for row in stamped.months if row.month < year.first_day.date]
    known = {row.month: row for row in stamped.months}
    at = before[-1].closing if before else 0
    measured = before[-1].measured_before + before[-1].measured_days if before else 0
    by_month: dict[tuple[int, int], list[YearDay]] = {}
    for day in days:
        by_month.setdefault((day.gas_day.date.year, day.gas_day.date.month), []).append(day)
    months = []
    for month in year.months():
        if month not in offered:
            continue
        row = known.get(month.first.date) or MonthRow(month.first.date, 0, 0, 0, 0, 0, 0, at, at, 0, measured)
        of_month = by_month.get((month.year, month.number), [])
        later = 0
        if ends_on is not None and ends_on < month.first:
            # The projection counts readings after the end too; they hide no gap before it.
            later = beyond + sum([ends_on <= day.gas_day < month.first for day in days])
        within = row.measured_before - later
        found = _month(month, row, unit, of_month, starts_on, counted_until, within=within)
        months.append(
            found._replace(
                closings=tuple([each for each in stamped.closings if each.month == month]),
                after_end=0 if ends_on is None else sum([day.gas_day >= ends_on for day in of_month]),
            )
        )
        at, measured = row.closing, row.measured_before + row.measured_days
    return YearOverview(
        year=year,
        unit=unit,
        converted=unit is not own_unit,
        tolerance_basis_points=tolerance.on(min(today, year.last_day)),
        months=tuple(months),
        total=_total(year, unit, months),
        most_out=tuple(
            nlargest(WORST, [day for day in days if day.out_of_tolerance], key=lambda day: day.variation or 0)
        ),
        largest=tuple(
            nlargest(
                WORST,
                [day for day in days if day.due_micro != day.consumed_micro],
                key=lambda day: abs(day.due_micro - day.consumed_micro),
            )
        ),
        ends_on=ends_on,
    )


def _month(
    month: Month,
    row: MonthRow,
    unit: Unit,
    days: Sequence[YearDay],
    starts_on: GasDay,
    counted_until: GasDay,
    *,
    within: int,
) -> YearMonth:
    """Return a month; ``within`` counts the measured days of the point's validity before it."""
    first, until = max(month.first, starts_on), min(month.last.plus(1), counted_until)
    passed = max(0, (until.date - first.date).days)
    missing = passed - sum([first <= day.gas_day < until for day in days])
    nominated, authorised = sum([day.nominated_micro for day in days]), sum([day.authorised_micro for day in days])
    return YearMonth(
        month=month,
        nominated=Quantity(nominated, unit),
        authorised=Quantity(authorised, unit),
        consumed=Quantity(row.consumed, unit),
        imbalance=Quantity(row.imbalance, unit),
        adjustment=Quantity(row.adjustment, unit),
        opening=Quantity(row.opening, unit),
        closing=Quantity(row.closing, unit),
        measured_days=row.measured_days,
        missing_days=missing,
        closing_incomplete=missing > 0 or within < count_days_before(month, starts_on, counted_until),
        days_out=sum([day.out_of_tolerance for day in days]),
        pending_nominated=Quantity(row.nominated - nominated, unit),
        pending_authorised=Quantity(row.authorised - authorised, unit),
        closings=(),
    )


def _total(year: AccountYear, unit: Unit, months: Sequence[YearMonth]) -> YearMonth:
    zero = Quantity.zero(unit)

    def added(figures: Iterable[Quantity]) -> Quantity:
        return sum(figures, zero)

    return YearMonth(
        year.first,
        added([each.nominated for each in months]),
        added([each.authorised for each in months]),
        added([each.consumed for each in months]),
        added([each.imbalance for each in months]),
        added([each.adjustment for each in months]),
        months[0].opening if months else zero,
        months[-1].closing if months else zero,
        sum([each.measured_days for each in months]),
        sum([each.missing_days for each in months]),
        bool(months) and months[-1].closing_incomplete,
        sum([each.days_out for each in months]),
        added([each.pending_nominated for each in months]),
        added([each.pending_authorised for each in months]),
        (),
    )


class MonthRow(NamedTuple):
    """A month of the projection in millionths; any change of one of its days changes ``revision``."""

    month: date
    revision: int
    nominated: int
    authorised: int
    consumed: int
    imbalance: int
    adjustment: int
    opening: int
    closing: int
    measured_days: int
    measured_before: int


class YearStamp(NamedTuple):
    """Basis of an overview besides its days: its months with figures, the latest one before, the statements."""

    months: tuple[MonthRow, ...]
    closings: tuple[ClosingMark, ...]


class YearDay(NamedTuple):
    """A measured day of the year, its figures in millionths of ``unit``: objects are made only for the few days shown.

    ``nominated_micro`` and ``authorised_micro`` are 0 where there is none.
    """

    gas_day: GasDay
    due_micro: int
    consumed_micro: int
    out_of_tolerance: bool
    unit: Unit
    nominated_micro: int = 0
    authorised_micro: int = 0

    @property
    def due(self) -> Quantity:
        """The authorised quantity, else the nominated one, else zero."""
        return Quantity(self.due_micro, self.unit)

    @property
    def consumed(self) -> Quantity:
        """The consumption in force."""
        return Quantity(self.consumed_micro, self.unit)

    @property
    def imbalance(self) -> Quantity:
        """D, the imbalance (docs/rules.md, "Balance account")."""
        return self.due - self.consumed

    @property
    def variation(self) -> Decimal | None:
        """V in percent (docs/rules.md, "Balance account"); None when nothing was due."""
        return compute_variation(self.due, self.consumed)


def load_year_stamp(session: Session, *, delivery_point_id: int, unit: Unit, year: AccountYear) -> YearStamp:
    """Return the basis of an overview of the year, by two queries: equal stamps mean equal overviews."""
    rows = hot.YEAR_MONTHS[unit].rows(
        session, point=delivery_point_id, first=year.first_day.date, last=year.last_day.date
    )
    closings = list_closings(session, delivery_point_id=delivery_point_id, unit=unit, first=year.first, last=year.last)
    return YearStamp(tuple([MonthRow(**{**row._asdict(), "month": day_of(row.month)}) for row in rows]), closings)


def list_measured_days(
    session: Session,
    *,
    delivery_point_id: int,
    unit: Unit,
    judged: Unit,
    tolerance: Tolerance,
    year: AccountYear,
) -> list[YearDay]:
    """Return the days of a year that have a consumption, in order, by one query."""
    rows = hot.YEAR_DAYS[unit, judged].named(
        session, hot.YearDayColumns, point=delivery_point_id, first=year.first_day.date, last=year.last_day.date
    )
    found = []
    for row in rows:
        gas_day = GasDay(day_of(row.gas_day))
        too_far = has_strayed(row.judged_due, row.judged_consumed, judged, tolerance.on(gas_day))
        found.append(YearDay(gas_day, row.due, row.consumed, too_far, unit, row.nominated, row.authorised))
    return found
