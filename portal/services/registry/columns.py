"""Columns of a registry file: titles, owners and parsers of their cells; and the export in the same columns."""

from __future__ import annotations

import datetime as dt
import re
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
from portal.services.files.cells import (
    AS_TYPED_DAYS,
    AS_TYPED_FIGURES,
    BadCell,
    DayReading,
    FigureReading,
    disarm,
    parse_day,
    parse_figure,
    read_day_text,
    rearm,
    strip_key,
)
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


class Forms(NamedTuple):
    """Forms of the days and figures of a file, decided once for all of its cells."""

    days: DayReading = AS_TYPED_DAYS
    figures: FigureReading = AS_TYPED_FIGURES


class Cell(NamedTuple):
    """A column: the kind of entry, its field, and the parser of a cell that is not blank."""

    column: Column
    thing: Thing
    field: str
    read: Callable[[str, Forms], Any]


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
    "estacion de servicio": DeliveryPointKind.STATION,
    "eds, estacion de servicio": DeliveryPointKind.STATION,
    "estacion de gnv": DeliveryPointKind.STATION,
    "planta": DeliveryPointKind.PLANT,
    "planta industrial": DeliveryPointKind.PLANT,
    "industria": DeliveryPointKind.PLANT,
    "industrial": DeliveryPointKind.PLANT,
}
_UNENDED = frozenset({"indefinido", "indefinida", "sin fin", "vigente", "termino indefinido", "a termino indefinido"})
# What a spreadsheet makes of a long number whose column is narrow.
_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+")


class UnknownChoice(BadCell):
    """A cell has a value outside the list; ``known`` lists the allowed ones."""

    def __init__(self, known: str) -> None:
        super().__init__(Rule.UNKNOWN_CHOICE)
        self.known = known


def _text(text: str, _forms: Forms) -> str:
    return rearm(text)


def _code(text: str, _forms: Forms) -> str:
    return strip_key(text).upper()


def _nit(text: str, _forms: Forms) -> str:
    return _unshortened(strip_key(text))


def _telephone(text: str, _forms: Forms) -> str:
    """Return a telephone; a mail address in its column is that of a row that slipped by a cell."""
    if "@" in text:
        raise BadCell(Rule.NOT_A_TELEPHONE)
    return rearm(_unshortened(text))


def _unshortened(text: str) -> str:
    if _EXPONENT.fullmatch(text):
        raise BadCell(Rule.SHORTENED)
    return text


def _among(choices: Mapping[str, Any], known: str) -> Callable[[str, Forms], Any]:
    def read(text: str, _forms: Forms) -> Any:
        found = choices.get(comparable(text))
        if found is None:
            raise UnknownChoice(known)
        return found

    return read


def _day(text: str, forms: Forms) -> GasDay:
    return parse_day(text, reading=forms.days)


def _end(text: str, forms: Forms) -> GasDay | None:
    """Return the end of a validity, excluded, from the last day given in a file; None where it says there is none."""
    if comparable(text) in _UNENDED or read_day_text(text, forms.days).date.year == dt.MAXYEAR:
        return None
    return _day(text, forms).plus(1)


def _micro(text: str, forms: Forms) -> int:
    return int(parse_figure(text, reading=forms.figures) * 10**6)


def _basis_points(text: str, forms: Forms) -> int:
    percent: Decimal = parse_figure(text.removesuffix("%").rstrip(), reading=forms.figures) * 100
    if percent != int(percent):
        raise BadCell(Rule.TOO_MANY_DECIMALS)
    return int(percent)


def _cell(
    name: str, thing: Thing, field: str, read: Callable[[str, Forms], Any] = _text, *others: str, required: bool = False
) -> Cell:
    titles = spell_titles(name.replace("_", " "), *others)
    # A company or a contract in a merged cell is that of all its points.
    spans = thing is not Thing.POINT
    return Cell(Column(name, titles, required=required, spans=spans), thing, field, read)


_unit = _among(UNITS, ", ".join(Unit))
# Default order of the columns without a header.
CELLS = (
    _cell("nit", Thing.COMPANY, "nit", _nit, "nit empresa", "nit cliente", "nit del cliente", required=True),
    _cell("empresa", Thing.COMPANY, "name", _text, "razón social", "cliente", "nombre empresa", "nombre cliente"),
    _cell(
        *("contrato", Thing.CONTRACT, "number", _text, "número de contrato", "no. contrato", "no. de contrato"),
        *("n.º contrato", "nro contrato", "nro. contrato", "contrato no.", "número contrato", "# contrato"),
    ),
    _cell("modalidad", Thing.CONTRACT, "modality", _among(MODALITIES, ", ".join(Modality))),
    _cell("unidad", Thing.CONTRACT, "unit", _unit, "unidad de medida", "unidad contrato"),
    _cell(
        *("máximo", Thing.CONTRACT, "maximum_micro", _micro, "máximo diario", "cantidad máxima", "cmd"),
        *("cantidad máxima diaria", "cantidad máxima contratada", "máximo contratado", "capacidad contratada"),
        *("capacidad máxima", "volumen máximo", "volumen máximo diario", "cantidad contratada"),
    ),
    _cell("tolerancia", Thing.CONTRACT, "tolerance_basis_points", _basis_points, "tolerancia (%)", "% tolerancia"),
    _cell("comercializador", Thing.CONTRACT, "supplier_name", _text, "suministrador"),
    _cell(
        *("inicio_contrato", Thing.CONTRACT, "starts_on", _day, "fecha inicio contrato", "fecha de inicio contrato"),
        *("fecha de inicio del contrato", "inicio del contrato", "contrato desde", "inicio de contrato"),
    ),
    _cell(
        *("fin_contrato", Thing.CONTRACT, "ends_on", _end, "fecha fin contrato", "fecha de fin del contrato"),
        *("fin del contrato", "vencimiento", "fecha de vencimiento", "contrato hasta", "vencimiento contrato"),
    ),
    _cell(
        *("código_transportador", Thing.POINT, "carrier_code", _code, "código", "código del punto", "código punto"),
        *("código sic", "código transportadora", "código del transportador", "cod. punto", "cod punto", "código eds"),
        *("código estación", "código de la estación"),
    ),
    _cell(
        *("punto", Thing.POINT, "name", _text, "punto de entrega", "nombre del punto", "nombre punto", "estación"),
        *("nombre estación", "nombre de la estación", "eds", "punto de consumo", "nombre eds"),
    ),
    _cell("clase", Thing.POINT, "kind", _among(KINDS, "EDS, PLANTA"), "tipo", "tipo de punto", "clase de punto"),
    _cell(
        *("punto_salida", Thing.POINT, "exit_point", _code, "puerta", "punto de salida", "puerta de ciudad"),
        *("city gate", "código punto de salida"),
    ),
    _cell("municipio", Thing.POINT, "municipality", _text, "municipio del punto", "población"),
    _cell("unidad_punto", Thing.POINT, "unit", _unit, "unidad del punto"),
    _cell(
        *("inicio_punto", Thing.POINT, "starts_on", _day, "fecha inicio punto", "inicio del punto", "punto desde"),
        *("fecha de inicio punto", "fecha de inicio del punto", "inicio de operación", "fecha inicio operación"),
    ),
    _cell("fin_punto", Thing.POINT, "ends_on", _end, "fecha fin punto", "fin del punto", "fecha de fin del punto"),
    _cell("perfil_horario", Thing.POINT, "hourly_profile", _text, "perfil"),
    _cell("dirección", Thing.COMPANY, "address", _text, "dirección empresa", "dirección de la empresa"),
    _cell("ciudad", Thing.COMPANY, "city"),
    _cell("contacto", Thing.COMPANY, "contact_name", _text, "persona de contacto", "nombre contacto"),
    _cell(
        *("correo", Thing.COMPANY, "contact_email", _text, "email", "e-mail", "correo electrónico"),
        *("correo contacto", "correo de contacto"),
    ),
    _cell(
        *("teléfono", Thing.COMPANY, "contact_phone", _telephone, "celular", "teléfono contacto", "tel", "tel."),
        *("teléfono de contacto", "móvil"),
    ),
    _cell(
        *("contacto_punto", Thing.POINT, "contact_name", _text, "contacto de la estación", "encargado"),
        *("administrador", "contacto estación", "encargado de la estación"),
    ),
    _cell(
        *("teléfono_punto", Thing.POINT, "contact_phone", _telephone, "teléfono de la estación", "celular estación"),
        *("teléfono estación", "celular de la estación"),
    ),
    _cell("dirección_punto", Thing.POINT, "address", _text, "dirección de la estación", "dirección estación"),
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
