"""Addresses of an account: point, month or year, and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Unit
from portal.domain.years import AccountYear
from portal.services.account import balances
from portal.services.account.balances import MonthRange, MonthSheet, Stamp
from portal.services.account.opened_points import OpenedPoint, opened_point
from portal.web import database, runtime
from portal.web.access import act
from portal.web.answers import page
from portal.web.modality import modality_of

from . import choices, links


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
    unit, month = choices.choose_unit(request.args, found.unit), choices.choose(request.args, offered, today)
    return AskedMonth(found, today, offered, unit.unit, month.problem or unit.problem, month.month)


def asked_year(modality: str, point: str) -> AskedYear:
    """Return the requested year; refusals as ``asked_month``."""
    found, today, offered = _asked(modality, point)
    unit, year = choices.choose_unit(request.args, found.unit), choices.choose_year(request.args, offered, today)
    return AskedYear(found, today, offered, unit.unit, year.problem or unit.problem, year.year)


def sheet_of(asked: AskedMonth, stamped: Stamp | None = None) -> MonthSheet:
    """Return the requested sheet."""
    point = asked.point
    return balances.month_sheet(
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
        month=asked.month if isinstance(asked, AskedMonth) else None,
        years=asked.offered.years if year is None else choices.years_of(asked.offered, year.kind),
        year=year,
        here=asked.place.url("balances.sheet" if year is None else "balances.year"),
        kept=asked.place.kept if year is None else {**asked.place.kept, "tipo": year.kind.value},
    )


def _asked(modality: str, point: str) -> tuple[OpenedPoint, GasDay, MonthRange]:
    now = runtime.now()
    found = opened_point(act(), modality=modality_of(modality), public_id=point)
    today = GasDay.of(now)
    return found, today, balances.offered_months(found.starts_on, today, found.last_figure_on)
