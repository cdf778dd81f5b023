"""A day with points that nominated and one that did not, and the operator who works on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import AuditEvent, Contact, DeliveryPoint, Nomination, NominationHead, OutboxMessage
from portal.services import day_book, ledger
from portal.services.day_book import Line
from portal.services.ledger.heating_values import REFERENCE
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY

TOMORROW = TODAY.plus(1)


@dataclass
class Stage:
    """Three points of two contracts: two of one in m³, one in MBTU; the last of them nominated nothing."""

    operator: Actor
    first: DeliveryPoint
    second: DeliveryPoint
    silent: DeliveryPoint


def staff(session: Session, role: Role = Role.OPERATOR, **person: Any) -> Actor:
    """An account of the consoles, signed in."""
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role, **person))


def set_up(session: Session) -> Stage:
    """Asked for tomorrow: 12,500 m³ and 7,500 m³ of a maximum of 19,000 m³; nothing at the third point."""
    operator = staff(session, name="Olga Toro")
    with transaction(session):
        gate = factories.exit_point(session, code="PS-01", name="Puerta Apiay")
        company = factories.company(
            session, name="Gas del Llano", contact_name="Ana Ruiz", contact_phone="311 555 0101"
        )
        session.add(
            Contact(public_id="con-a", company_id=company.id, name="Ana Ruiz", email="ana@example.com", created_at=NOW)
        )
        owner = factories.contract(session, company_id=company.id, number="NR-A", maximum_micro=19_000 * 10**6)
        first = factories.delivery_point(
            session, contract=owner, exit_point_id=gate.id, name="EDS Apiay", public_id="apiay", carrier_code="T-1"
        )
        second = factories.delivery_point(
            session, contract=owner, exit_point_id=gate.id, name="EDS Barzal", public_id="barzal", carrier_code="T-2"
        )
        other = factories.contract(session, number="NR-B", unit=Unit.MBTU, maximum_micro=900 * 10**6)
        silent = factories.delivery_point(session, contract=other, name="EDS Catama", public_id="catama")
        nominate(session, first, "12500")
        nominate(session, second, "7500")
    return Stage(operator, first, second, silent)


def nominate(session: Session, point: DeliveryPoint, amount: str, **given: Any) -> None:
    """Put a nomination for tomorrow in force, inside the caller's transaction, and bring the account up to date."""
    factories.nomination(session, point, TOMORROW, amount, **given)
    ledger.rewrite_day(session, delivery_point=point, gas_day=TOMORROW)


def pass_on(session: Session, point: DeliveryPoint, amount: str) -> DeliveryPoint:
    """End a point tomorrow and begin it under another contract, with its own nomination for tomorrow."""
    point.ends_on = TOMORROW
    session.delete(session.get_one(NominationHead, (point.id, TOMORROW)))
    session.flush()
    follower = factories.delivery_point(
        session, name=point.name, carrier_code=point.carrier_code, starts_on=TOMORROW, exit_point_id=point.exit_point_id
    )
    nominate(session, follower, amount)
    return follower


def late(session: Session, point: DeliveryPoint, amount: str, *, revision: int = 1) -> Nomination:
    """A nomination for tomorrow that came after the close and waits, inside the caller's transaction."""
    gas = Gas.of(Quantity.of(amount, point.unit), REFERENCE)
    row = Nomination(
        public_id=f"tarde{revision}",
        delivery_point_id=point.id,
        gas_day=TOMORROW,
        revision=revision,
        kind=RequestKind.RENOMINATION,
        unit=point.unit,
        quantity_m3=gas.m3,
        quantity_mbtu=gas.mbtu,
        heating_value=REFERENCE,
        received_at=NOW,
        channel=Channel.WEB,
        is_late=True,
    )
    session.add(row)
    session.flush()
    return row


def lines(session: Session, stage: Stage) -> dict[str, Line]:
    """The lines of tomorrow by the public id of their point."""
    session.rollback()
    book = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    return {line.point_public_id: line for line in book.lines}


def record(
    session: Session,
    stage: Stage,
    point: DeliveryPoint,
    amount: str,
    reason: CutReason | None = None,
    *,
    revision: int = 1,
    now: datetime = NOW,
) -> None:
    """Record an authorised quantity for tomorrow, in the unit of the point."""
    day_book.record(
        Act.at(session, stage.operator, now),
        gas_day=TOMORROW,
        point=point.public_id,
        quantity=Quantity.of(amount, point.unit),
        cut_reason=reason,
        revision=revision,
    )


def publish(session: Session, stage: Stage, shown: str | None = None) -> day_book.Published:
    """Publish what is recorded for tomorrow, as its page shows it unless told."""
    if shown is None:
        book = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
        shown = day_book.digest_of(book.publishable)
    return day_book.publish(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, shown=shown)


def mails(session: Session) -> list[OutboxMessage]:
    """The mails about cuts."""
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "cut").order_by(OutboxMessage.id)))


def events(session: Session) -> list[str]:
    """Return the events of the audit."""
    return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.sequence)))


def questions(session: Session, stage: Stage) -> int:
    """How many queries the book takes."""
    asked: list[str] = []
    bind = session.get_bind()
    assert isinstance(bind, Engine)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    lines(session, stage)
    event.remove(bind, "before_cursor_execute", note)
    return len([each for each in asked if each.startswith("SELECT")])
