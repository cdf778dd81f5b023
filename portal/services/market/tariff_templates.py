"""Templates of a file of tariffs: the last month that is shown, to fill in."""

from __future__ import annotations

from portal.domain.tariffs import Figure
from portal.services.files.excel_csv import write_rows
from portal.services.files.excel_workbook import Cell, Table, write_tables
from portal.services.store.acts import Act

from .tariff_rows import FIRST, LAST, STRATUM, VALUE
from .tariffs import FIELDS, MonthTariffs, find_newest_month, list_file_rows, load_month

_WIDTHS = (28, 26, 18, 8, 9, 9, 12, 40, 11, 40)


def write_template_csv(act: Act) -> bytes:
    """Return the last month that is shown as a CSV to fill in; the columns alone where there is none."""
    newest = _newest(act)
    return write_rows([FIELDS, *(list_file_rows(newest.figures) if newest else ())])


def write_template_workbook(act: Act) -> bytes:
    """Return the same as a workbook, figures as numbers."""
    newest = _newest(act)
    figures = newest.figures if newest else ()
    sheet = Table("Tarifas", list(zip(FIELDS, _WIDTHS, strict=True)), [_cells(figure) for figure in figures])
    return write_tables([sheet], title="Tarifas de un mes", company=act.distributor.name)


def _cells(figure: Figure) -> list[Cell]:
    (texts,) = list_file_rows([figure])
    numbers: dict[str, Cell] = {
        STRATUM: figure.stratum,
        FIRST: figure.first,
        LAST: figure.last,
        VALUE: figure.value,
    }
    return [numbers.get(name, text) for name, text in zip(FIELDS, texts, strict=True)]


def _newest(act: Act) -> MonthTariffs | None:
    newest = find_newest_month(act)
    return None if newest is None else load_month(act, month=newest.month)
