"""Links to the files of an account."""

from __future__ import annotations

from typing import NamedTuple

from portal.blueprints.balances.links import Place
from portal.domain.gas_day import AccountYear, Month, YearKind


class FileLink(NamedTuple):
    """File: text of its link, and what a screen reader adds."""

    text: str
    of: str
    url: str


class FileRow(NamedTuple):
    """Files of a month, a year or the whole history."""

    label: str
    links: tuple[FileLink, ...]


def of_month(place: Place, month: Month) -> tuple[FileRow, ...]:
    """Return the files under the sheet of a month: its own, those of its years, the history."""
    this = FileRow(
        "Este mes",
        (
            FileLink("Estado de cuenta en PDF", "", place.url("balances.statement", mes=month.number, anio=month.year)),
            FileLink("Descargar Excel", "", place.month(month, "balances.as_xlsx")),
            FileLink("Descargar CSV", "", place.month(month, "balances.as_csv")),
        ),
    )
    return (this, *[_of_year(place, AccountYear.of(month, kind)) for kind in YearKind], _history(place))


def of_year(place: Place, year: AccountYear) -> tuple[FileRow, ...]:
    """Return the files under a year: its own and the history."""
    return _of_year(place, year), _history(place)


def _of_year(place: Place, year: AccountYear) -> FileRow:
    words = f"Año {year.number}" if year.kind is YearKind.CALENDAR else f"Año de gas {year.number - 1}–{year.number}"
    return FileRow(
        words,
        (
            FileLink("Excel", f"del {words[0].lower()}{words[1:]}", place.year(year, "balances.year_xlsx")),
            FileLink("CSV", f"del {words[0].lower()}{words[1:]}", place.year(year, "balances.year_csv")),
        ),
    )


def _history(place: Place) -> FileRow:
    return FileRow(
        "Toda la historia",
        (
            FileLink("Excel", "de toda la historia", place.url("balances.history_xlsx", **place.kept)),
            FileLink("CSV", "de toda la historia", place.url("balances.history_csv", **place.kept)),
        ),
    )
