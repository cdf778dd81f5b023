"""Hours in which a customer may be written to (Ley 2300 of 2023, article 3; docs/rules.md, "Hours of contact")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from .gas_day import BOGOTA, in_bogota

# From and until, by weekday; none on Sundays and holidays.
WEEKDAY, SATURDAY = (dt.time(7), dt.time(19)), (dt.time(8), dt.time(15))
_SATURDAY, _SUNDAY = 5, 6
# Longer than any run of days without hours.
_MOST_DAYS = 14


def find_next_moment(moment: dt.datetime, holidays: Collection[dt.date]) -> dt.datetime:
    """Return ``moment`` if it lies in the hours of contact, else the first moment after it that does (UTC).

    ``moment`` carries a zone; ``holidays`` must reach as far as the answer. The end of the hours is no part of them.
    """
    local = in_bogota(moment)
    for after in range(_MOST_DAYS):
        day = local.date() + dt.timedelta(days=after)
        hours = _hours_of(day, holidays)
        if hours is None:
            continue
        opens, closes = (dt.datetime.combine(day, time, tzinfo=BOGOTA) for time in hours)
        if local < closes:
            return max(local, opens).astimezone(dt.UTC)
    raise ValueError(f"no hours of contact in the {_MOST_DAYS} days from {local.date()}")


def _hours_of(day: dt.date, holidays: Collection[dt.date]) -> tuple[dt.time, dt.time] | None:
    if day.weekday() == _SUNDAY or day in holidays:
        return None
    return SATURDAY if day.weekday() == _SATURDAY else WEEKDAY
