"""Builders of rows: fill in defaults and flush inside the caller's transaction."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.calls import GRANT_FOR, Verification
from portal.domain.cases import CaseChannel, CaseKind, CaseState, EntryKind, answer_due
from portal.domain.codes import compute_nit_check_digit
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import RequestKind
from portal.models import (
    Adjustment,
    Authorisation,
    Call,
    Case,
    CaseEntry,
    Company,
    Contract,
    DailyHeatingValue,
    DeliveryPoint,
    ExitPoint,
    MonthClosing,
    Nomination,
    NominationHead,
    Passkey,
    Reading,
    User,
)
from portal.models.base import Base
from portal.services.ledger.heating_values import REFERENCE
from portal.services.people import sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction

# A Monday morning, three hours before nominations for Tuesday close.
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TODAY = GasDay.of(NOW)

_numbers = itertools.count(1)
_LETTERS = str.maketrans("0123456789", "abcdefghij")


def _spell(number: int) -> str:
    """A number in letters: names stand in texts that are searched, and a search for digits must not find them."""
    return str(number).translate(_LETTERS)


Row = TypeVar("Row", bound=Base)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def company(session: Session, **given: Any) -> Company:
    """A company with a valid NIT."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"emp{n}",
        "nit": f"9{n:08d}-{compute_nit_check_digit(f'9{n:08d}')}",
        "name": f"Gas del Llano {n}",
        "contact_email": f"contacto{n}@example.com",
        "contact_phone": "(608) 555 0100",
        "created_at": NOW,
    } | given
    return _add(session, Company(sort_name=values["name"].lower(), **values))


def exit_point(session: Session, **given: Any) -> ExitPoint:
    """A city gate."""
    n = next(_numbers)
    return _add(session, ExitPoint(**({"code": f"SAL{n}", "name": f"Puerta {n}"} | given)))


def contract(session: Session, **given: Any) -> Contract:
    """A GNV supply contract in m³ of 20,000 m³ a day, from the first gas day on; of a new company unless told."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"con{n}",
        "number": f"NR-{n:04d}",
        "modality": Modality.GNV_SUPPLY,
        "unit": Unit.M3,
        "maximum_micro": 20_000 * 10**6,
        "starts_on": FIRST_GAS_DAY,
    } | given
    if "company_id" not in values:
        values["company_id"] = company(session).id
    if values["modality"] is Modality.GNV_ATR:
        values.setdefault("supplier_name", "Gas de Origen S.A.")
    return _add(session, Contract(**values))


def delivery_point(session: Session, **given: Any) -> DeliveryPoint:
    """An EDS of a new contract unless told, a plant where that is industrial, in the unit of its contract."""
    n = next(_numbers)
    owner = given.pop("contract", None) or contract(session)
    values: dict[str, Any] = {
        "public_id": f"pun{n}",
        "contract_id": owner.id,
        "kind": DeliveryPointKind.PLANT if owner.modality is Modality.INDUSTRIAL else DeliveryPointKind.STATION,
        "name": f"EDS La Sabana {n}",
        "unit": owner.unit,
        "carrier_code": f"T{n:05d}",
        "municipality": "Villavicencio",
        "starts_on": owner.starts_on,
    } | given
    if "exit_point_id" not in values:
        values["exit_point_id"] = exit_point(session).id
    return _add(session, DeliveryPoint(sort_name=values["name"].lower(), **values))


def passkey(session: Session, *, user_id: int, now: datetime = NOW, **given: Any) -> Passkey:
    """A passkey that no authenticator holds."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"llave{n}",
        "user_id": user_id,
        "credential_id": f"credential {n}".encode(),
        "public_key": b"-" * 77,
        "sign_count": 0,
        "name": "Celular",
        "created_at": now,
        "last_used_at": now,
    } | given
    return _add(session, Passkey(**values))


def user(session: Session, **given: Any) -> User:
    """A verified customer; the password opens nothing unless one is given sealed."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"usu{n}",
        "email": f"persona{n}@example.com",
        "name": f"Persona {_spell(n)}",
        "role": Role.CUSTOMER,
        "password_sealed": b"-" * 40,
        "verified_at": NOW,
        "created_at": NOW,
    } | given
    return _add(session, User(**values))


def signed_in(session: Session, person: User, *, now: datetime = NOW, address: str = "127.0.0.1") -> Actor:
    """The person as the actor of a new session."""
    token = sessions.begin(session, user_id=person.id, now=now, address=address, user_agent="tests")
    session.flush()
    found = sessions.look_up(session, token=token, now=now)
    assert found is not None
    return Actor(person.id, person.email, person.name, person.role, found.session_id, address, "web")


def act_of(session: Session, role: Role = Role.OPERATOR) -> Act:
    """An act, now, of a person of a role who signed in; kept."""
    with transaction(session):
        actor = signed_in(session, user(session, role=role))
    return Act.at(session, actor, NOW)


def verified_call(session: Session, agent: Actor, point: DeliveryPoint, **given: Any) -> Call:
    """A call of an agent that was verified by a code of the customer's page."""
    values: dict[str, Any] = {
        "public_id": secrets.token_urlsafe(12),
        "caller": "Marta Rincón",
        "telephone": "310 555 0143",
        "opened_at": NOW,
        "method": Verification.CODE,
        "verified_at": NOW,
        "granted_until": NOW + GRANT_FOR,
    } | given
    return _add(
        session,
        Call(agent_id=agent.user_id, session_id=agent.session_id, delivery_point_id=point.id, **values),
    )


def reading(session: Session, point: DeliveryPoint, day: GasDay, m3: str, **given: Any) -> Reading:
    """A certified reading, version 1 unless told."""
    values: dict[str, Any] = {"version": 1, "state": ReadingState.CERTIFIED, "recorded_at": NOW} | given
    return _add(
        session,
        Reading(delivery_point_id=point.id, gas_day=day, volume_m3=Quantity.of(m3, Unit.M3), **values),
    )


def heating_value(session: Session, gate_id: int, day: GasDay, value: Any, **given: Any) -> DailyHeatingValue:
    """The heating value of an exit point on a day, version 1 unless told."""
    values: dict[str, Any] = {"version": 1, "recorded_at": NOW} | given
    return _add(session, DailyHeatingValue(exit_point_id=gate_id, gas_day=day, heating_value=value, **values))


def nomination(session: Session, point: DeliveryPoint, day: GasDay, amount: str, **given: Any) -> Nomination:
    """A signed nomination, in the unit of the point; revision 1 unless told. Moves the head, or ``in_force=False``."""
    moves_head = given.pop("in_force", True)
    n = next(_numbers)
    signed = Quantity.of(amount, point.unit)
    heating_value = given.pop("heating_value", REFERENCE)
    gas = Gas.of(signed, heating_value)
    values: dict[str, Any] = {
        "public_id": f"nom{n}",
        "revision": 1,
        "kind": RequestKind.NOMINATION,
        "unit": point.unit,
        "quantity_m3": gas.m3,
        "quantity_mbtu": gas.mbtu,
        "heating_value": heating_value,
        "received_at": NOW,
        "channel": Channel.WEB,
    } | given
    row = _add(session, Nomination(delivery_point_id=point.id, gas_day=day, **values))
    if not moves_head:
        return row
    head = session.get(NominationHead, (point.id, day))
    if head is None:
        head = NominationHead(delivery_point_id=point.id, gas_day=day, revision=row.revision, nomination_id=row.id)
        _add(session, head)
    head.revision, head.nomination_id = row.revision, row.id
    session.flush()
    session.expire(head)
    return row


def authorisation(session: Session, point: DeliveryPoint, day: GasDay, amount: str, **given: Any) -> Authorisation:
    """An authorised quantity, in the unit of the point; version 1 unless told."""
    gas = Gas.of(Quantity.of(amount, point.unit), given.pop("heating_value", REFERENCE))
    values: dict[str, Any] = {"version": 1, "recorded_at": NOW} | given
    return _add(
        session,
        Authorisation(delivery_point_id=point.id, gas_day=day, quantity_m3=gas.m3, quantity_mbtu=gas.mbtu, **values),
    )


def adjustment(session: Session, point: DeliveryPoint, day: GasDay, amount: str, **given: Any) -> Adjustment:
    """A movement of the account, in the unit of the point; a payback unless told."""
    gas = Gas.of(Quantity.of(amount, point.unit), given.pop("heating_value", REFERENCE))
    values: dict[str, Any] = {"reason": AdjustmentReason.PAYBACK, "note": "Acta 12", "recorded_at": NOW} | given
    return _add(
        session,
        Adjustment(delivery_point_id=point.id, gas_day=day, quantity_m3=gas.m3, quantity_mbtu=gas.mbtu, **values),
    )


def month_closing(session: Session, point: DeliveryPoint, month: Month, closing: str, **given: Any) -> MonthClosing:
    """A statement of a month that moved the account to ``closing``, in the unit of the point; version 1 unless told."""
    end, nothing = Gas.of(Quantity.of(closing, point.unit), REFERENCE), Gas.zero()
    figures = dict.fromkeys(("nominated", "authorised", "consumed", "adjustment", "opening"), nothing)
    figures |= {"imbalance": end, "closing": end}
    values: dict[str, Any] = {
        "statement_number": f"CB-2026-{next(_numbers):06}",
        "version": 1,
        "measured_days": 30,
        "missing_days": 0,
        "provisional_days": 0,
        "days_hash": bytes(32),
        "closed_at": NOW,
    } | given
    for name, gas in figures.items():
        values |= {f"{name}_m3": gas.m3, f"{name}_mbtu": gas.mbtu}
    return _add(session, MonthClosing(delivery_point_id=point.id, month=month.first.date, **values))


def claim(session: Session, point: DeliveryPoint, day: GasDay, *, answer: str | None = None, **given: Any) -> Case:
    """A claim about a day, filed unless told; with an ``answer``, its outcome is given too."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"rec{n}",
        "filing_number": f"PQR-2026-{n:06}",
        "kind": CaseKind.CLAIM,
        "state": CaseState.FILED,
        "channel": CaseChannel.WEB,
        "name": "Ana Gas",
        "document": "900123456-7",
        "email": "ana@cliente.example",
        "electronic_notice": True,
        "filed_at": NOW,
        "due_on": answer_due(NOW, ()),
    } | given
    if "account_id" not in values:
        values["account_id"] = user(session).id
    case = _add(session, Case(delivery_point_id=point.id, gas_day=day, **values))
    said = {EntryKind.FILED: "No es lo que medimos."} | ({EntryKind.ANSWERED: answer} if answer else {})
    for kind, text in said.items():
        entry = {"kind": kind, "author_id": case.account_id, "text": text, "written_at": case.filed_at}
        _add(session, CaseEntry(case_id=case.id, **entry))
    return case
