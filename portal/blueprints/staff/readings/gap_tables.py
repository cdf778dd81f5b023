"""Files of the days without a reading, with the columns of docs/files.md, "Gaps"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.services.files import excel_csv
from portal.services.files.excel_workbook import Cell, Table, write_tables
from portal.services.measures import readings as measured
from portal.services.measures.readings import Gap
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import CSV, XLSX, give_file
from portal.web.distributor import current
from portal.web.forms import argument
from portal.web.listed import LONGEST_SEARCH

# In this order for good: a program of the distributor reads them by name.
COLUMNS: tuple[tuple[str, float], ...] = (
    ("fecha_gas", 12),
    ("empresa", 34),
    ("nit", 15),
    ("contrato", 16),
    ("modalidad", 16),
    ("punto_consumo", 34),
    ("codigo_transportador", 20),
    ("punto_salida", 14),
    ("estimado_m3", 14),
    ("dias_base", 10),
    ("meses_base", 11),
)


@blueprint.get("/consola/mediciones/huecos.csv")
@open_to(Staff(Function.LOAD_READINGS))
def gaps_csv() -> ResponseReturnValue:
    """Send every day without a reading that the page lists as CSV."""
    content = excel_csv.write_table([name for name, _ in COLUMNS], cells_of(measured.find(act(), text=_text())))
    return give_file(content, CSV, name=_file_name("csv"))


@blueprint.get("/consola/mediciones/huecos.xlsx")
@open_to(Staff(Function.LOAD_READINGS))
def gaps_xlsx() -> ResponseReturnValue:
    """Send the same rows as a workbook."""
    table = Table("Huecos", COLUMNS, cells_of(measured.find(act(), text=_text())))
    content = write_tables([table], title="Días sin medición", company=current().name)
    return give_file(content, XLSX, name=_file_name("xlsx"))


def cells_of(gaps: Iterable[Gap]) -> Iterator[list[Cell]]:
    """Yield the cells of each gap; without an estimate its figures are empty."""
    for gap in gaps:
        point, contract, estimate = gap.point, gap.point.contract, gap.estimate
        yield [
            gap.gas_day.date,
            contract.company.name,
            print_nit(contract.company.nit),
            contract.number,
            contract.modality.value,
            point.name,
            point.carrier_code,
            point.exit_point.code,
            None if estimate is None else estimate.quantity.amount,
            None if estimate is None else estimate.days or None,
            None if estimate is None else estimate.months or None,
        ]


def _text() -> str:
    """Return the search of the list, which its files keep."""
    return argument("q", longest=LONGEST_SEARCH)


def _file_name(kind: str) -> str:
    return f"huecos-{GasDay.of(runtime.now()).isoformat()}.{kind}"
