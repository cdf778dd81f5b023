"""Calendar of Colombia: business days, holidays, Spanish words of days and months.

Source: docs/rules.md, "Calendar".
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from .day_text import Clash
from .gas_day import GasDay, Month

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_SATURDAY = 5


def is_business_day(day: GasDay | date, holidays: Collection[date]) -> bool:
    """Tell whether ``day`` is Monday to Friday and none of ``holidays`` (the days that terms of a PQR count)."""
    found = _date(day)
    return found.weekday() < _SATURDAY and found not in holidays


def add_business_days(day: GasDay | date, count: int, holidays: Collection[date]) -> date:
    """Return the ``count``-th business day after ``day``; ``day`` itself for zero.

    ``holidays`` must reach as far as the answer. Raises ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("business days are counted forward")
    found = _date(day)
    while count:
        found += timedelta(days=1)
        count -= is_business_day(found, holidays)
    return found


def business_days_between(first: GasDay | date, last: GasDay | date, holidays: Collection[date]) -> int:
    """Return how many business days follow ``first`` up to ``last``, included; zero when ``last`` is earlier."""
    begin, end = _date(first), _date(last)
    days = max(0, (end - begin).days)
    return sum(is_business_day(begin + timedelta(days=after), holidays) for after in range(1, days + 1))


def next_holiday(day: GasDay | date, holidays: Collection[date]) -> date | None:
    """Return the first of ``holidays`` on or after ``day``; None when none is known."""
    first = _date(day)
    return min((holiday for holiday in holidays if holiday >= first), default=None)


def day_words(day: GasDay | date) -> str:
    """Return the day in words: "martes 24 de noviembre de 2026"."""
    found = _date(day)
    return f"{WEEKDAYS[found.weekday()]} {found.day} de {MONTHS[found.month - 1]} de {found.year}"


def day_short(day: GasDay | date) -> str:
    """Return the day in short: "mar 24 nov"."""
    found = _date(day)
    return f"{WEEKDAYS[found.weekday()][:3]} {found.day} {MONTHS[found.month - 1][:3]}"


def clash_words(clash: Clash) -> str:
    """Return a date beside which another weekday is written: "el 1 de diciembre de 2026 es martes, no miércoles"."""
    day = clash.date
    name = f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"
    return f"el {name} es {WEEKDAYS[day.weekday()]}, no {WEEKDAYS[clash.said]}"


def month_words(month: Month | GasDay | date) -> str:
    """Return the month in words: "noviembre de 2026"."""
    first = month.first.date if isinstance(month, Month) else _date(month)
    return f"{MONTHS[first.month - 1]} de {first.year}"


def _date(day: GasDay | date) -> date:
    return day.date if isinstance(day, GasDay) else day
