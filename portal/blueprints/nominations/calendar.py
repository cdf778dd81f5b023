"""Calendar of step 3: the days that may be nominated now, and why others may not."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.gas_day import GasDay, Month
from portal.domain.timetable import RequestKind
from portal.models import NominationDraft
from portal.services import nominations
from portal.services.store.acts import Act
from portal.services.timetable import holidays


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """Cell: the day, whether it may be picked, what is nominated, the holiday's name."""

    gas_day: GasDay
    open: bool
    nominated: bool
    holiday: str | None


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Month in weeks from Monday; cells outside of the month are None."""

    month: Month
    weeks: list[list[CalendarDay | None]]


@dataclass(frozen=True, slots=True)
class GasDayCalendar:
    """Months with an open day, and the day that most people want."""

    months: list[CalendarMonth]
    suggested: GasDay | None


def gas_day_calendar(act: Act, *, draft: NominationDraft) -> GasDayCalendar:
    """Return the calendar for the draft's kind, from this month to that of the last open day."""
    days = nominations.open_days(act, draft=draft)
    today = GasDay.of(act.now)
    last = max([*days, today])
    known = nominations.nominated_days(act.session, delivery_point_id=draft.delivery_point_id, first=today, last=last)
    month, months = Month.of(today), []
    names = holidays.between(act.session, first=month.first.date, last=Month.of(last).last.date)
    open_days = set(days)
    while month.first <= last:
        cells: list[CalendarDay | None] = [None] * month.first.date.weekday()
        cells += [CalendarDay(day, day in open_days, day in known, names.get(day.date)) for day in month.days()]
        cells += [None] * (-len(cells) % 7)
        months.append(CalendarMonth(month, [cells[i : i + 7] for i in range(0, len(cells), 7)]))
        month = month.next
    # A nomination is for a day without one, a renomination for a day with one.
    wanted = [day for day in days if (day in known) is (draft.kind is RequestKind.RENOMINATION)]
    return GasDayCalendar(months, next(iter([*wanted, *days]), None))
