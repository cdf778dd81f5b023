"""Columns of a registry file: titles, owners and parsers of their cells; and the export in the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import UNIT_NAMES, Quantity, Unit, plain
from portal.domain.searched import comparable
from portal.models import Company, Contract, DeliveryPoint
from portal.services.files import excel_csv
from portal.services.files.cells import BadCell, disarm, parse_day, parse_figure, rearm, strip_key
from portal.services.files.problems import Rule
from portal.services.files.sheet_tables import Column, spell_titles
from portal.services.store.acts import Act
from portal.services.store.permissions import require

from . import entries


class Thing(StrEnum):
    """Kind of entry in a row, in the order in which they are created."""

    COMPANY = "company"
    CONTRACT = "contract"
    POINT = "point"


class Cell(NamedTuple):
    """A column: the kind of entry, its field, and the parser of a cell that is not blank."""

    column: Column
    thing: Thing
    field: str
    read: Callable[[str], Any]


MODALITIES: Mapping[str, Modality] = {
    **{each.value: each for each in Modality},
    "suministro": Modality.GNV_SUPPLY,
    "gnv suministro": Modality.GNV_SUPPLY,
    "gnv con contrato de suministro": Modality.GNV_SUPPLY,
    "atr": Modality.GNV_ATR,
    "gnv atr": Modality.GNV_ATR,
    "gnv con contrato atr": Modality.GNV_ATR,
}
UNITS: Mapping[str, Unit] = {name: unit for unit, names in UNIT_NAMES.items() for name in names}
KINDS: Mapping[str, DeliveryPointKind] = {
    "eds": DeliveryPointKind.STATION,
    "estacion": DeliveryPointKind.STATION,
    "planta": DeliveryPointKind.PLANT,
}


class UnknownChoice(BadCell):
    """A cell has a value outside the list; ``known`` lists the allowed ones."""

    def __init__(self, known: str) -> None:
        super().__init__(Rule.UNKNOWN_CHOICE)
        self.known = known


def _text(text: str) -> str:
    return rearm(text)


def _code(text: str) -> str:
    return strip_key(text).upper()


def _among(choices: Mapping[str, Any], known: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        found = choices.get(comparable(text))
        if found is None:
            raise UnknownChoice(known)
        return found

    return read


def _end(text: str) -> GasDay:
    """Return the end of a validity, excluded, from the last day given in a file."""
    return parse_day(text).plus(1)


def _micro(text: str) -> int:
    return int(parse_figure(text) * 10**6)


def _basis_points(text: str) -> int:
    percent: Decimal = parse_figure(text.removesuffix("%").rstrip()) * 100
    if percent != int(percent):
        raise BadCell(Rule.TOO_MANY_DECIMALS)
    return int(percent)


def _cell(
    name: str, thing: Thing, field: str, read: Callable[[str], Any] = _text, *others: str, required: bool = False
) -> Cell:
    return Cell(Column(name, spell_titles(name.replace("_", " "), *others), required=required), thing, field, read)


_unit, _day = _among(UNITS, ", ".join(Unit)), parse_day
# Default order of the columns without a header.
CELLS = (
    _cell("nit", Thing.COMPANY, "nit", strip_key, required=True),
    _cell("empresa", Thing.COMPANY, "name", _text, "razón social", "cliente"),
    _cell("contrato", Thing.CONTRACT, "number", _text, "número de contrato"),
    _cell("modalidad", Thing.CONTRACT, "modality", _among(MODALITIES, ", ".join(Modality))),
    _cell("unidad", Thing.CONTRACT, "unit", _unit),
    _cell("máximo", Thing.CONTRACT, "maximum_micro", _micro, "máximo diario"),
    _cell("tolerancia", Thing.CONTRACT, "tolerance_basis_points", _basis_points, "tolerancia (%)"),
    _cell("comercializador", Thing.CONTRACT, "supplier_name"),
    _cell("inicio_contrato", Thing.CONTRACT, "starts_on", _day),
    _cell("fin_contrato", Thing.CONTRACT, "ends_on", _end),
    _cell("código_transportador", Thing.POINT, "carrier_code", _code, "código"),
    _cell("punto", Thing.POINT, "name", _text, "punto de entrega"),
    _cell("clase", Thing.POINT, "kind", _among(KINDS, "EDS, PLANTA"), "tipo"),
    _cell("punto_salida", Thing.POINT, "exit_point", _code, "puerta", "punto de salida"),
    _cell("municipio", Thing.POINT, "municipality"),
    _cell("unidad_punto", Thing.POINT, "unit", _unit),
    _cell("inicio_punto", Thing.POINT, "starts_on", _day),
    _cell("fin_punto", Thing.POINT, "ends_on", _end),
    _cell("perfil_horario", Thing.POINT, "hourly_profile", _text, "perfil"),
    _cell("dirección", Thing.COMPANY, "address"),
    _cell("ciudad", Thing.COMPANY, "city"),
    _cell("contacto", Thing.COMPANY, "contact_name", _text, "persona de contacto"),
    _cell("correo", Thing.COMPANY, "contact_email", _text, "email"),
    _cell("teléfono", Thing.COMPANY, "contact_phone"),
    _cell("contacto_punto", Thing.POINT, "contact_name", _text, "contacto de la estación"),
    _cell("teléfono_punto", Thing.POINT, "contact_phone", _text, "teléfono de la estación"),
    _cell("dirección_punto", Thing.POINT, "address", _text, "dirección de la estación"),
    _cell("turno", Thing.POINT, "shift_hours", _text, "horario"),
)
COLUMNS = tuple(cell.column for cell in CELLS)
NAMES = {(cell.thing, cell.field): cell.column.name for cell in CELLS}
KEYS = {Thing.COMPANY: "nit", Thing.CONTRACT: "number", Thing.POINT: "carrier_code"}


_ENDS = ("ends_on", "ended_on")


def export_csv(act: Act) -> bytes:
    """Return the registry as CSV (``;``, decimal comma, UTF-8 with its mark), a row for each delivery point.

    Contracts without points and companies without contracts have a row of their own. Importing the exported file
    unchanged changes nothing. Three queries.
    """
    require(act, Function.KEEP_REGISTRY)
    rows = [[cell.column.name for cell in CELLS]]
    for said in _rows(act.session):
        unit = said[Thing.CONTRACT].unit if Thing.CONTRACT in said else Unit.M3
        rows.append([_written(getattr(said.get(cell.thing), cell.field, None), cell.field, unit) for cell in CELLS])
    return excel_csv.write_rows(rows)


def _rows(session: Session) -> Iterator[dict[Thing, Any]]:
    contracts: dict[int, list[Contract]] = {}
    points: dict[int, list[DeliveryPoint]] = {}
    for contract in session.scalars(select(Contract).order_by(Contract.number)).unique():
        contracts.setdefault(contract.company_id, []).append(contract)
    for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.sort_name)).unique():
        points.setdefault(point.contract_id, []).append(point)
    for company in session.scalars(select(Company).order_by(Company.sort_name)):
        of_company = {Thing.COMPANY: entries.of_company(company)}
        for contract in contracts.get(company.id, []):
            of_contract = of_company | {Thing.CONTRACT: entries.of_contract(contract)}
            for point in points.get(contract.id, []):
                yield of_contract | {Thing.POINT: entries.of_point(point)}
            if contract.id not in points:
                yield of_contract
        if company.id not in contracts:
            yield of_company


def _written(value: Any, field: str, unit: Unit) -> str:
    """Return a value as a file spells it: the end of a validity as its last day, figures with a decimal comma."""
    if value is None:
        return ""
    if isinstance(value, GasDay):
        return (value.plus(-1) if field in _ENDS else value).isoformat()
    if field == "maximum_micro":
        return plain(Quantity.from_micro(value, unit)).replace(".", ",")
    if field == "tolerance_basis_points":
        return f"{value // 100},{value % 100:02}"
    return disarm(str(value))
