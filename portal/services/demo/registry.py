"""Registry of the demonstration: rows of its companies, contracts and points, and the keys that open them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.codes import compute_nit_check_digit
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.keys import generate_numeric_key, generate_web_key
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Unit
from portal.domain.searched import comparable
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services import keys
from portal.services.store.acts import Act

from .cast import Agreement, Cast, Point

SEED = "portal-demo-1"
FIRST_NIT, NIT_STEP = 999_100_417, 7_919
# A contract's daily maximum, as a multiple of the usual consumption of its points.
MAXIMUM_FACTOR = 2.5
USUAL_MBTU_PER_M3 = 0.0399
NUMBERS = {Modality.GNV_SUPPLY: "GS", Modality.GNV_ATR: "GA", Modality.INDUSTRIAL: "IN"}
# Without look-alikes, as an id may be read out on the telephone.
ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class LoadedPoint:
    """A delivery point as stored, with its source and the key that opens it, in plain text."""

    row: DeliveryPoint
    point: Point
    gate: ExitPoint
    numeric_key: str


@dataclass(frozen=True, slots=True)
class LoadedContract:
    """A contract as stored, with its points and the key that opens it, in plain text."""

    row: Contract
    company: Company
    agreement: Agreement
    points: Sequence[LoadedPoint]
    web_key: str


def register(act: Act, *, cast: Cast, points_per_contract: int | None) -> list[LoadedContract]:
    """Write companies, exit points, contracts, points and keys, inside the caller's transaction."""
    session = act.session
    today = GasDay.of(act.now)
    gates = {gate.code: ExitPoint(code=gate.code, name=gate.name) for gate in cast.gates}
    companies = _companies(cast, act.now)
    session.add_all([*gates.values(), *companies.values()])
    session.flush()
    loaded: list[LoadedContract] = []
    count = 0
    for number, agreement in enumerate(cast.agreements, start=1):
        contract = _contract(agreement, number, companies[agreement.company], today)
        session.add(contract)
        session.flush()
        points: list[LoadedPoint] = []
        for point in agreement.points[:points_per_contract]:
            count += 1
            row = _point(point, agreement, contract, gates[point.gate], count)
            session.add(row)
            session.flush()
            numeric_key = generate_numeric_key(_chance("numeric key", point.name).randrange)
            keys.add_version(act, contract_id=None, delivery_point_id=row.id, plain=numeric_key)
            points.append(LoadedPoint(row, point, gates[point.gate], numeric_key))
        web_key = generate_web_key(_chance("web key", contract.number).randrange)
        keys.add_version(act, contract_id=contract.id, delivery_point_id=None, plain=web_key)
        loaded.append(LoadedContract(contract, companies[agreement.company], agreement, points, web_key))
    return loaded


def _companies(cast: Cast, now: datetime) -> dict[str, Company]:
    names = list(dict.fromkeys(agreement.company for agreement in cast.agreements))
    found: dict[str, Company] = {}
    for position, name in enumerate(names):
        digits = str(FIRST_NIT + position * NIT_STEP)
        mailbox = "-".join(comparable(name).replace(".", "").split()[:-1])
        found[name] = Company(
            public_id=public_id_of("company", name),
            nit=f"{digits}-{compute_nit_check_digit(digits)}",
            name=name,
            sort_name=comparable(name),
            contact_name="Área de gas",
            contact_email=f"gas.{mailbox}@example.com",
            contact_phone=f"(608) 555 01{position + 10}",
            address=f"Carrera {position + 21} n.º {position + 30}-{position * 3 + 12}",
            city="Villavicencio",
            created_at=now,
        )
    return found


def _contract(agreement: Agreement, number: int, company: Company, today: GasDay) -> Contract:
    ends_on = None
    if agreement.ended_months_ago is not None:
        month = Month.of(today)
        for _ in range(agreement.ended_months_ago):
            month = month.previous
        ends_on = month.first
    code = f"NR-{NUMBERS[agreement.modality]}-{number:03}"
    return Contract(
        public_id=public_id_of("contract", code),
        company_id=company.id,
        number=code,
        modality=agreement.modality,
        unit=agreement.unit,
        maximum_micro=_maximum(agreement, today) * 10**6,
        maximum_blocks=agreement.maximum_blocks,
        restates_closed_months=agreement.restates,
        supplier_name=agreement.supplier,
        starts_on=FIRST_GAS_DAY,
        ends_on=ends_on,
    )


def _maximum(agreement: Agreement, today: GasDay) -> int:
    """Return about two and a half times the present consumption of all points, rounded, in the contract's unit."""
    years = (today.date - FIRST_GAS_DAY.date).days / 365.25
    usual = sum(point.base_m3 * (1 + point.growth_percent / 100 * years) for point in agreement.points)
    if agreement.unit is Unit.MBTU:
        return round(usual * USUAL_MBTU_PER_M3 * MAXIMUM_FACTOR / 50) * 50
    return round(usual * MAXIMUM_FACTOR / 1_000) * 1_000


def _station(number: int) -> dict[str, str]:
    return {
        "contact_name": "Administración de la estación",
        "contact_phone": f"310 555 {number:04}",
        "shift_hours": "Todos los días, de 5:00 a 22:00",
    }


def _point(point: Point, agreement: Agreement, contract: Contract, gate: ExitPoint, number: int) -> DeliveryPoint:
    return DeliveryPoint(
        public_id=public_id_of("point", point.name),
        contract_id=contract.id,
        exit_point_id=gate.id,
        kind=agreement.kind,
        name=point.name,
        sort_name=comparable(point.name),
        unit=agreement.unit,
        carrier_code=f"PE-{number:04}",
        municipality=point.town,
        # Plants are called at their company.
        **(_station(number) if agreement.kind is DeliveryPointKind.STATION else {}),
        starts_on=GasDay(date.fromisoformat(point.since)),
        ends_on=contract.ends_on,
    )


def public_id_of(kind: str, name: str) -> str:
    """Return the same opaque id for the same thing at every load."""
    chance = _chance(kind, name)
    return "".join(chance.choice(ID_ALPHABET) for _ in range(10))


def _chance(*about: str) -> random.Random:
    return random.Random(":".join((SEED, *about)))
