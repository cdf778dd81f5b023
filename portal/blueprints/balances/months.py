"""The month that the address asks for, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from portal.domain.calendar import month_words
from portal.domain.gas_day import GasDay, Month
from portal.services.balances import MonthRange

_MONTH, _YEAR = re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}")
NO_MONTH = "Ese mes no existe: elija un mes de enero a diciembre y un año de la lista."
OUT_OF_RANGE = "La cuenta de este punto va de {first} a {last}: elija un mes entre esos dos."


class Choice(NamedTuple):
    """The month to show; with a ``problem``, the month that the selectors keep."""

    month: Month
    problem: str | None = None


def choose(asked: Mapping[str, str], offered: MonthRange, today: GasDay) -> Choice:
    """Return the month of ``mes`` and ``anio``; what is not asked for is that of ``today``."""
    current = max(Month.of(today), offered.first)
    number, year = asked.get("mes", ""), asked.get("anio", "")
    if not number and not year:
        return Choice(current)
    kept_number = int(number) if _MONTH.fullmatch(number) and 1 <= int(number) <= 12 else None
    kept_year = int(year) if _YEAR.fullmatch(year) and int(year) >= 1 else None
    kept = Month(
        current.year if kept_year not in offered.years else kept_year or current.year, kept_number or current.number
    )
    if (number and kept_number is None) or (year and kept_year is None):
        return Choice(kept, NO_MONTH)
    month = Month(kept_year or current.year, kept_number or current.number)
    if month not in offered:
        words = OUT_OF_RANGE.format(first=month_words(offered.first), last=month_words(offered.last))
        return Choice(kept, words)
    return Choice(month)
