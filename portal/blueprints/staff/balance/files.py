"""Files of the overview: every point that fits, with the columns of docs/files.md, "Balance of the points"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.services.account.standings import MOST_STRAIN, Standing
from portal.services.files import excel_csv
from portal.services.files.excel_workbook import Cell, Table, write_tables

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
    ("unidad", 9),
    ("desbalance_dia", 16),
    ("acumulado_mes", 16),
    ("mes_incompleto", 15),
    ("acumulado_total", 16),
    ("total_incompleto", 15),
    ("dias_fuera", 11),
    ("tolerancia_pct", 15),
    ("uso_tolerancia_pct", 19),
)


def write_csv(rows: Sequence[Standing], *, day: GasDay) -> bytes:
    """Return the points as CSV that Excel opens correctly in Colombia: ``;``, decimal comma, UTF-8 with a mark."""
    return excel_csv.write_table([name for name, _ in COLUMNS], _cells(rows, day))


def write_xlsx(rows: Sequence[Standing], *, day: GasDay, title: str, company: str) -> bytes:
    """Return the points as a workbook, with the content of the CSV."""
    table = Table("Balance", COLUMNS, _cells(rows, day))
    return write_tables([table], title=title, company=company)


def _cells(rows: Iterable[Standing], day: GasDay) -> Iterator[list[Cell]]:
    for row in rows:
        names = row.names
        yield [
            day.date,
            names.company,
            print_nit(names.nit),
            names.contract,
            names.modality.value,
            names.name,
            names.carrier_code,
            names.gate,
            row.unit.value,
            _figure(row.imbalance),
            _figure(row.month_to_date),
            _yes(row.month_incomplete),
            _figure(row.total_to_date),
            _yes(row.total_incomplete),
            row.days_out,
            Decimal(names.tolerance_basis_points) / 100,
            # Nothing was due: no share of it is tolerated.
            None if row.strain == MOST_STRAIN else row.strain,
        ]


def _figure(value: Quantity | None) -> Decimal | None:
    return None if value is None else value.amount


def _yes(flag: bool) -> str:
    return "si" if flag else "no"
