"""Files of the authorised quantities of a day, with the columns of docs/files.md, "Authorised quantities"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Unit, in_kpc
from portal.services import day_book as books
from portal.services.day_book.lines import Line
from portal.services.files import excel_csv
from portal.services.files.excel_workbook import Cell, Table, write_tables
from portal.web.access import Staff, act, open_to
from portal.web.answers import CSV, XLSX, give_file
from portal.web.distributor import current

from .days import asked_day

# In this order for good: a program of the distributor reads them by name.
COLUMNS: tuple[tuple[str, float], ...] = (
    ("fecha_gas", 12),
    ("punto_salida", 14),
    ("codigo_transportador", 20),
    ("contrato", 16),
    ("modalidad", 16),
    ("empresa", 34),
    ("punto_consumo", 34),
    ("unidad", 9),
    ("nominada", 14),
    ("version", 8),
    ("autorizada", 14),
    ("autorizada_MBTU", 16),
    ("autorizada_KPC", 16),
    ("motivo_recorte", 15),
    ("version_autorizada", 18),
    ("publicada", 20),
    ("registrada_sin_publicar", 23),
)


@blueprint.get("/consola/libro/<day>/autorizadas.csv")
@open_to(Staff(Function.SEE_DAY_BOOK))
def authorised_csv(day: str) -> ResponseReturnValue:
    """Send the authorised quantities of every point of the day as CSV."""
    gas_day = asked_day(day)
    content = excel_csv.write_table([name for name, _ in COLUMNS], _rows(gas_day))
    return give_file(content, CSV, name=f"autorizadas-{gas_day.isoformat()}.csv")


@blueprint.get("/consola/libro/<day>/autorizadas.xlsx")
@open_to(Staff(Function.SEE_DAY_BOOK))
def authorised_xlsx(day: str) -> ResponseReturnValue:
    """Send the same rows as a workbook."""
    gas_day = asked_day(day)
    title = f"Cantidades autorizadas, {day_words(gas_day)}"
    content = write_tables([Table("Autorizadas", COLUMNS, _rows(gas_day))], title=title, company=current().name)
    return give_file(content, XLSX, name=f"autorizadas-{gas_day.isoformat()}.xlsx")


def _rows(gas_day: GasDay) -> Iterator[list[Cell]]:
    return cells_of(books.load_lines(act(), gas_day=gas_day), gas_day.date)


def cells_of(lines: Iterable[Line], day: date) -> Iterator[list[Cell]]:
    """Yield the cells of each line; a quantity that answers another version than the one in force is left empty."""
    for line in lines:
        published = line.published if line.is_answered else None
        in_force = published is not None
        yield [
            day,
            line.exit_code,
            line.carrier_code,
            line.contract_number,
            line.modality_word,
            line.company,
            line.point,
            line.unit_word,
            _own(line.asked, line.unit),
            line.revision,
            _own(published, line.unit),
            None if published is None else published.mbtu.amount,
            None if published is None else in_kpc(published.m3),
            line.published_cut if in_force else None,
            line.published_revision if in_force else None,
            line.published_moment if in_force else None,
            _own(line.recorded, line.unit),
        ]


def _own(gas: Gas | None, unit: Unit) -> Decimal | None:
    return None if gas is None else gas.in_unit(unit).amount
