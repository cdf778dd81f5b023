"""Registry entries as plain values: read from a row, compared, and spelled for the audit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.quantities import plain as plain_quantity
from portal.models import Company, Contract, DeliveryPoint, ExitPoint

Plain = str | int | bool | None


@dataclass(frozen=True, slots=True)
class CompanyEntry:
    """A company; ``ended_on`` is the first day on which it is no longer a customer."""

    nit: str
    name: str
    address: str | None = None
    city: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    ended_on: GasDay | None = None


@dataclass(frozen=True, slots=True)
class ContractEntry:
    """A contract: maximum in millionths of its unit, tolerance in hundredths of a per cent, last day excluded."""

    number: str
    modality: Modality
    unit: Unit
    maximum_micro: int
    starts_on: GasDay
    ends_on: GasDay | None = None
    supplier_name: str | None = None
    tolerance_basis_points: int = 500
    maximum_blocks: bool = False
    restates_closed_months: bool = False


@dataclass(frozen=True, slots=True)
class PointEntry:
    """A delivery point; ``exit_point`` is the code of its city gate, ``ends_on`` excluded.

    Contact, telephone, address and ``shift_hours``, the days and hours of its shift in free words, are the station's.
    """

    carrier_code: str
    name: str
    kind: DeliveryPointKind
    unit: Unit
    exit_point: str
    municipality: str
    starts_on: GasDay
    ends_on: GasDay | None = None
    hourly_profile: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    address: str | None = None
    shift_hours: str | None = None


@dataclass(frozen=True, slots=True)
class ExitPointEntry:
    """A city gate; ``ended_on`` is the first day on which it is no longer used."""

    code: str
    name: str
    ended_on: GasDay | None = None


Entry = CompanyEntry | ContractEntry | PointEntry | ExitPointEntry


def of_company(row: Company) -> CompanyEntry:
    """Return the entry of a company's row."""
    return CompanyEntry(**{each.name: getattr(row, each.name) for each in fields(CompanyEntry)})


def of_contract(row: Contract) -> ContractEntry:
    """Return the entry of a contract's row."""
    return ContractEntry(**{each.name: getattr(row, each.name) for each in fields(ContractEntry)})


def of_point(row: DeliveryPoint) -> PointEntry:
    """Return the entry of a delivery point's row."""
    own = [each.name for each in fields(PointEntry) if each.name != "exit_point"]
    return PointEntry(exit_point=row.exit_point.code, **{name: getattr(row, name) for name in own})


def of_exit_point(row: ExitPoint) -> ExitPointEntry:
    """Return the entry of an exit point's row."""
    return ExitPointEntry(**{each.name: getattr(row, each.name) for each in fields(ExitPointEntry)})


def spell_entry(entry: Entry) -> dict[str, Plain]:
    """Return an entry as the audit spells it: days as ISO dates, enums as their values, figures as plain decimals.

    ``maximum`` is in the unit of the contract, ``tolerance`` in per cent.
    """
    found = {each.name: _plain(getattr(entry, each.name)) for each in fields(entry)}
    if isinstance(entry, ContractEntry):
        del found["maximum_micro"], found["tolerance_basis_points"]
        found["maximum"] = plain_quantity(Quantity.from_micro(entry.maximum_micro, entry.unit))
        found["tolerance"] = f"{Decimal(entry.tolerance_basis_points) / 100:f}"
    return found


def fingerprint(entry: Entry | None) -> str:
    """Return the digest of an entry as a page showed it; blank for None."""
    if entry is None:
        return ""
    return hashlib.sha256(repr(sorted(spell_entry(entry).items())).encode()).hexdigest()[:32]


def list_differences(before: Entry, after: Entry) -> dict[str, tuple[Plain, Plain]]:
    """Return the changed fields by name: the value before and after."""
    old, new = spell_entry(before), spell_entry(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def details_of(before: Entry | None, after: Entry) -> dict[str, Plain]:
    """Return the flat keys of a change for the audit, ``old_…`` and ``new_…``; only the latter for a new entry."""
    if before is None:
        return {f"new_{name}": value for name, value in spell_entry(after).items() if value is not None}
    found: dict[str, Plain] = {}
    for name, (old, new) in list_differences(before, after).items():
        found |= {f"old_{name}": old, f"new_{name}": new}
    return found


def _plain(value: object) -> Plain:
    if isinstance(value, GasDay):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return value  # type: ignore[return-value]
