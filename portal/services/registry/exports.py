"""The registry as a file that can be changed in a spreadsheet and handed over again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit, plain
from portal.models import Company, Contract, DeliveryPoint
from portal.services.files.cells import disarmed
from portal.services.store.acts import Act

from . import entries
from .columns import CELLS, Thing
from .permissions import keeper

MARK = "\ufeff"
_ENDS = ("ends_on", "ended_on")


def exported(act: Act) -> bytes:
    """Return the registry as CSV (``;``, decimal comma, UTF-8 with its mark), a row for each delivery point.

    Contracts without points and companies without contracts have a row of their own. Handed over again as it is, the
    file says nothing new. Three queries.
    """
    keeper(act.actor)
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow([cell.column.name for cell in CELLS])
    for said in _rows(act.session):
        unit = said[Thing.CONTRACT].unit if Thing.CONTRACT in said else Unit.M3
        lines.writerow([_written(getattr(said.get(cell.thing), cell.field, None), cell.field, unit) for cell in CELLS])
    return (MARK + text.getvalue()).encode()


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
    """Return a value as the file spells it: the end of a validity as its last day, figures with a decimal comma."""
    if value is None:
        return ""
    if isinstance(value, GasDay):
        return (value.plus(-1) if field in _ENDS else value).isoformat()
    if field == "maximum_micro":
        return plain(Quantity.from_micro(value, unit)).replace(".", ",")
    if field == "tolerance_basis_points":
        return f"{value // 100},{value % 100:02}"
    return disarmed(str(value))
