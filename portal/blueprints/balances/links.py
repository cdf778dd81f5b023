"""Links of an account's pages, and the switches between views."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from flask import url_for

from portal.domain.gas_day import AccountYear, Month, YearKind
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.services.account.balances import MonthRange
from portal.web.filters import UNIT_WORDS

from .addresses import years_of


class Switch(NamedTuple):
    """One of several views of the account; the shown one has no address."""

    text: str
    url: str | None


@lru_cache(maxsize=1024)
def _path(endpoint: str, modality: str, point: str) -> str:
    return url_for(endpoint, modality=modality, point=point)


class Place(NamedTuple):
    """Point and unit of a page; addresses leave out the point's own unit."""

    modality: Modality
    public_id: str
    own_unit: Unit
    unit: Unit

    @property
    def kept(self) -> dict[str, str]:
        """Query that the addresses of this page carry along."""
        return {} if self.unit is self.own_unit else {"unidad": self.unit.value}

    def url(self, endpoint: str, **values: Any) -> str:
        """Return an address of the point."""
        return url_for(endpoint, modality=self.modality.value, point=self.public_id, **values)

    def month(self, month: Month, endpoint: str = "balances.sheet", *, row: str = "") -> str:
        """Return the address of a month, with ``row`` that of a row of its table."""
        address = self._asked(endpoint, mes=month.number, anio=month.year, **self.kept)
        return f"{address}#{row}" if row else address

    def year(self, year: AccountYear, endpoint: str = "balances.year") -> str:
        """Return the address of a year."""
        return self._asked(endpoint, anio=year.number, tipo=year.kind.value, **self.kept)

    def _asked(self, endpoint: str, **query: str | int) -> str:
        """Return an address with a query of the portal's own words; a sheet has twelve of them."""
        asked = "&".join([f"{name}={value}" for name, value in query.items()])
        return f"{_path(endpoint, self.modality.value, self.public_id)}?{asked}"


def units_of_month(place: Place, month: Month) -> tuple[Switch, ...]:
    """Return both units for a month."""
    return tuple([_unit(place, unit, place._replace(unit=unit).month(month)) for unit in Unit])


def units_of_year(place: Place, year: AccountYear) -> tuple[Switch, ...]:
    """Return both units for a year."""
    return tuple([_unit(place, unit, place._replace(unit=unit).year(year)) for unit in Unit])


def periods_of_month(place: Place, month: Month) -> tuple[Switch, ...]:
    """Return the shown month, and the years that contain it."""
    return (
        Switch("Mes", None),
        Switch("Año", place.year(AccountYear.of(month, YearKind.CALENDAR))),
        Switch("Año de gas", place.year(AccountYear.of(month, YearKind.GAS))),
    )


def periods_of_year(place: Place, year: AccountYear, offered: MonthRange) -> tuple[Switch, ...]:
    """Return the last month of a year that the account has, and the years of both kinds."""

    def of_kind(kind: YearKind) -> str | None:
        numbers = years_of(offered, kind)
        other = AccountYear(kind, min(max(year.number, numbers[0]), numbers[-1]))
        return None if kind is year.kind else place.year(other)

    return (
        Switch("Mes", place.month(offered.nearest(year.last))),
        Switch("Año", of_kind(YearKind.CALENDAR)),
        Switch("Año de gas", of_kind(YearKind.GAS)),
    )


def _unit(place: Place, unit: Unit, url: str) -> Switch:
    return Switch(UNIT_WORDS[unit], None if unit is place.unit else url)
