"""Month, year and unit in the address, and problems with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from portal.domain.calendar import month_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Unit
from portal.domain.years import AccountYear, YearKind
from portal.services.account.balances import MonthRange

_MONTH, _YEAR = re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}")
_UNITS = {unit.value.lower(): unit for unit in Unit}
_KINDS = {kind.value: kind for kind in YearKind}
NO_MONTH = "Ese mes no existe: elija un mes de enero a diciembre y un año de la lista."
NO_YEAR = "Ese año no existe: elija un año de la lista."
NO_KIND = "Ese tipo de año no existe: elija año calendario o año de gas."
NO_UNIT = "Esa unidad no existe: elija m³ o MBTU."
OUT_OF_RANGE = "La cuenta de este punto va de {first} a {last}: elija {what}."


class Choice(NamedTuple):
    """Month to show; with a ``problem``, the month kept in the selectors."""

    month: Month
    problem: str | None = None


class YearChoice(NamedTuple):
    """Year to show; with a ``problem``, the year kept in the selector."""

    year: AccountYear
    problem: str | None = None


class UnitChoice(NamedTuple):
    """Unit to show; with a ``problem``, the point's own."""

    unit: Unit
    problem: str | None = None


def choose(asked: Mapping[str, str], offered: MonthRange, today: GasDay) -> Choice:
    """Return the month of ``mes`` and ``anio``; missing parts are those of ``today``."""
    current = max(Month.of(today), offered.first)
    number, year = asked.get("mes", ""), asked.get("anio", "")
    if not number and not year:
        return Choice(current)
    kept_number = int(number) if _MONTH.fullmatch(number) and 1 <= int(number) <= 12 else None
    kept_year = _year(year)
    kept = Month(
        current.year if kept_year not in offered.years else kept_year or current.year, kept_number or current.number
    )
    if (number and kept_number is None) or (year and kept_year is None):
        return Choice(kept, NO_MONTH)
    month = Month(kept_year or current.year, kept_number or current.number)
    if month not in offered:
        return Choice(kept, _out_of_range(offered, "un mes entre esos dos"))
    return Choice(month)


def choose_year(asked: Mapping[str, str], offered: MonthRange, today: GasDay) -> YearChoice:
    """Return the year of ``anio`` and ``tipo``; by default the calendar year of ``today``."""
    kind, number = asked.get("tipo", ""), asked.get("anio", "")
    known = _KINDS.get(kind, YearKind.CALENDAR)
    current = AccountYear.of(max(Month.of(today), offered.first), known)
    wanted = current.number if not number else _year(number)
    if kind and kind not in _KINDS:
        return YearChoice(current, NO_KIND)
    if wanted is None:
        return YearChoice(current, NO_YEAR)
    if wanted not in years_of(offered, known):
        return YearChoice(current, _out_of_range(offered, "un año de la lista"))
    return YearChoice(AccountYear(known, wanted))


def choose_unit(asked: Mapping[str, str], own: Unit) -> UnitChoice:
    """Return the unit of ``unidad``; by default the point's ``own``."""
    wanted = asked.get("unidad", "")
    if not wanted:
        return UnitChoice(own)
    found = _UNITS.get(wanted.lower())
    return UnitChoice(own, NO_UNIT) if found is None else UnitChoice(found)


def years_of(offered: MonthRange, kind: YearKind) -> range:
    """Return the numbers of the years that contain the offered months."""
    return range(AccountYear.of(offered.first, kind).number, AccountYear.of(offered.last, kind).number + 1)


def _year(text: str) -> int | None:
    return int(text) if _YEAR.fullmatch(text) and int(text) >= 1 else None


def _out_of_range(offered: MonthRange, what: str) -> str:
    return OUT_OF_RANGE.format(first=month_words(offered.first), last=month_words(offered.last), what=what)
