"""Helpers for claims about a day: a customer with an open point, and people of the distributor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.models import AuditEvent, Case, OutboxMessage
from portal.services import keys, ledger
from portal.services.account.opened_points import OpenedPoint, use_opened_point
from portal.services.cases.pqr import day_claims
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.timetable import holidays
from portal.web.database import HERE
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.way import Way, open_contract, set_out

BASE_URL = HERE
YESTERDAY = TODAY.plus(-1)
TEXT = "El medidor estuvo parado de 8 a 11.\nAdjuntamos el acta."


def opened(session: Session, vault: Vault, way: Way, *, now: datetime = NOW) -> OpenedPoint:
    """The point of a letter after both its keys."""
    open_contract(session, vault, way, now=now)
    keys.open_point(Act.at(session, way.actor, now), delivery_point=way.point, typed=way.numeric_key)
    return use_opened_point(Act.at(session, way.actor, now), modality=way.modality, public_id=way.point.public_id)


def arrived(session: Session, vault: Vault, **contract: Any) -> tuple[Way, OpenedPoint]:
    """A new customer whose point is open."""
    way = set_out(session, vault, **contract)
    return way, opened(session, vault, way)


def measure(session: Session, way: Way, day: GasDay = YESTERDAY, m3: str = "11800") -> None:
    """Nominate 12,000 of the point's unit and measure a day."""
    with transaction(session):
        factories.nomination(session, way.point, day, "12000")
        factories.reading(session, way.point, day, m3)
        ledger.rewrite_day(session, delivery_point=way.point, gas_day=day)


def open_claim(
    session: Session,
    way: Way,
    point: OpenedPoint,
    *,
    day: GasDay = YESTERDAY,
    text: str = TEXT,
    now: datetime = NOW,
    actor: Actor | None = None,
) -> Case:
    """The customer does not agree with a day."""
    return day_claims.open_claim(Act.at(session, actor or way.actor, now), point=point, gas_day=day, text=text)


def staff(session: Session, role: Role = Role.OPERATOR, **person: Any) -> Actor:
    """Somebody of the consoles, signed in."""
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role, **person))


def questions(session: Session) -> list[str]:
    """A list that from now on gathers what the session's database is asked; the holidays are known already."""
    holidays.load_known(session)
    asked: list[str] = []
    event.listen(
        session.get_bind(),
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    return asked


def mails(session: Session) -> list[tuple[str, str]]:
    """The kind and the recipient of every mail about claims, in order."""
    session.rollback()
    rows = session.execute(
        select(OutboxMessage.kind, OutboxMessage.recipient)
        .where(OutboxMessage.kind.like("case-%"))
        .order_by(OutboxMessage.id)
    )
    return [(kind, recipient) for kind, recipient in rows]


def events(session: Session) -> list[str]:
    """What the audit chain says of claims, in order."""
    session.rollback()
    return list(
        session.scalars(select(AuditEvent.event).where(AuditEvent.event.like("case:%")).order_by(AuditEvent.sequence))
    )
