"""Addresses of an account: point, month or year, and unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import Response, request

from portal.domain.calendar import month_words
from portal.domain.gas_day import AccountYear, GasDay, Month, YearKind
from portal.domain.quantities import Unit
from portal.services.account import balances
from portal.services.account.balances import MonthRange, MonthSheet, Stamp
from portal.services.account.opened_points import OpenedPoint, use_opened_point
from portal.web import database, runtime
from portal.web.access import act
from portal.web.answers import page
from portal.web.url_rules import modality_of

from . import links


@dataclass(frozen=True, slots=True)
class Asked:
    """Requested point and unit, or the problem with them."""

    point: OpenedPoint
    today: GasDay
    offered: MonthRange
    unit: Unit
    problem: str | None

    @property
    def key(self) -> tuple[Any, ...]:
        """Part of a kept page's key, beside figures, holidays and period."""
        point = self.point
        return (
            *(point.id, point.public_id, point.name, point.municipality, point.unit, point.starts_on, point.ends_on),
            *(point.modality, point.contract_number, point.supplier_name, point.tolerance),
            *(point.company_name, self.today, self.unit, self.offered.last),
        )

    @property
    def place(self) -> links.Place:
        """Place from which the links of the page are built."""
        return links.Place(self.point.modality, self.point.public_id, self.point.unit, self.unit)


@dataclass(frozen=True, slots=True)
class AskedMonth(Asked):
    """Month of an account; with a ``problem``, the month kept in the selectors."""

    month: Month


@dataclass(frozen=True, slots=True)
class AskedYear(Asked):
    """Year of an account; with a ``problem``, the year kept in the selector."""

    year: AccountYear


def asked_month(modality: str, point: str) -> AskedMonth:
    """Return the requested month; refusals are the same for every page of the point."""
    found, today, offered = _asked(modality, point)
    unit, month = choose_unit(request.args, found.unit), choose(request.args, offered, today)
    return AskedMonth(found, today, offered, unit.unit, month.problem or unit.problem, month.month)


def asked_year(modality: str, point: str) -> AskedYear:
    """Return the requested year; refusals as ``asked_month``."""
    found, today, offered = _asked(modality, point)
    unit, year = choose_unit(request.args, found.unit), choose_year(request.args, offered, today)
    return AskedYear(found, today, offered, unit.unit, year.problem or unit.problem, year.year)


def sheet_of(asked: AskedMonth, stamped: Stamp | None = None) -> MonthSheet:
    """Return the requested sheet."""
    point = asked.point
    return balances.load_month_sheet(
        database.current(),
        delivery_point_id=point.id,
        unit=asked.unit,
        own_unit=point.unit,
        tolerance_basis_points=point.tolerance.on(asked.month.first),
        month=asked.month,
        today=asked.today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
        stamped=stamped,
    )


def refused(asked: AskedMonth | AskedYear) -> Response:
    """Answer 422 with the selectors and the problem."""
    year = asked.year if isinstance(asked, AskedYear) else None
    return page(
        "balances/refused.html",
        "balances/_refused.html",
        status=422,
        point=asked.point,
        problem=asked.problem,
        is_over=Month.of(asked.today) > asked.offered.last,
        month=asked.month if isinstance(asked, AskedMonth) else None,
        years=asked.offered.years if year is None else years_of(asked.offered, year.kind),
        year=year,
        here=asked.place.url("balances.sheet" if year is None else "balances.year"),
        kept=asked.place.kept if year is None else {**asked.place.kept, "tipo": year.kind.value},
    )


def _asked(modality: str, point: str) -> tuple[OpenedPoint, GasDay, MonthRange]:
    now = runtime.now()
    found = use_opened_point(act(), modality=modality_of(modality), public_id=point)
    today = GasDay.of(now)
    return found, today, list_offered(found, today)


def list_offered(point: OpenedPoint, today: GasDay) -> MonthRange:
    """Return the months of a point's account."""
    return balances.list_offered_months(point.starts_on, point.ends_on, today, point.last_figure_on)


_MONTH, _YEAR = re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}")
_UNITS = {unit.value.lower(): unit for unit in Unit}
_KINDS = {kind.value: kind for kind in YearKind}
NO_MONTH = "Ese mes no existe: elija un mes de enero a diciembre y un año de la lista."
NO_YEAR = "Ese año no existe: elija un año de la lista."
NO_KIND = "Ese tipo de año no existe: elija año calendario o año de gas."
NO_UNIT = "Esa unidad no existe: elija m³ o MBTU."
ONE_MONTH = "La cuenta de este punto solo tiene {month}."
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
    """Return the month of ``mes`` and ``anio``; missing parts are those of ``today``, or of the end of the account."""
    current = offered.nearest(Month.of(today))
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
    # Of an account that ended, the months since are empty, and shown to who asks for one.
    if month not in offered.reaching(Month.of(today)):
        return Choice(kept, _out_of_range(offered, "un mes entre esos dos"))
    return Choice(month)


def choose_year(asked: Mapping[str, str], offered: MonthRange, today: GasDay) -> YearChoice:
    """Return the year of ``anio`` and ``tipo``; by default the calendar year of ``today``, or of its end."""
    kind, number = asked.get("tipo", ""), asked.get("anio", "")
    known = _KINDS.get(kind, YearKind.CALENDAR)
    current = AccountYear.of(offered.nearest(Month.of(today)), known)
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
    if offered.first == offered.last:
        return ONE_MONTH.format(month=month_words(offered.last))
    return OUT_OF_RANGE.format(first=month_words(offered.first), last=month_words(offered.last), what=what)
