"""Entries written into their rows, inside the caller's transaction, each with its audit event."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.audit_events import AuditEvent
from portal.domain.searched import comparable
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.trace import audit

from . import entries
from .entries import CompanyEntry, ContractEntry, Entry, ExitPointEntry, PointEntry

# Events of a new row, and of a changed one.
_COMPANY = (AuditEvent.COMPANY_CREATED, AuditEvent.COMPANY_CHANGED)
_CONTRACT = (AuditEvent.CONTRACT_CREATED, AuditEvent.CONTRACT_CHANGED)
_DELIVERY_POINT = (AuditEvent.DELIVERY_POINT_CREATED, AuditEvent.DELIVERY_POINT_CHANGED)
_EXIT_POINT = (AuditEvent.EXIT_POINT_CREATED, AuditEvent.EXIT_POINT_CHANGED)


class Author(NamedTuple):
    """Author and time of a change; ``source`` is the file of the change, ``reason`` is given where one is required."""

    actor: Actor
    now: datetime
    source: str | None = None
    reason: str | None = None


def put_company(session: Session, row: Company | None, entry: CompanyEntry, *, author: Author) -> Company:
    """Write a company into its row, or into a new one; do nothing when they are equal."""
    before = entries.of_company(row) if row else None
    if row is None:
        row = Company(public_id=_public_id(), created_at=author.now)
        session.add(row)
    _fill(row, entry)
    row.sort_name = comparable(entry.name)
    session.flush()
    _record(
        session,
        _COMPANY,
        row.public_id,
        before,
        entry,
        company_id=row.id,
        author=author,
    )
    return row


def put_contract(
    session: Session, row: Contract | None, entry: ContractEntry, *, company_id: int, author: Author
) -> Contract:
    """Write a contract into its row, or into a new one of the company."""
    before = entries.of_contract(row) if row else None
    if row is None:
        row = Contract(public_id=_public_id(), company_id=company_id)
        session.add(row)
    _fill(row, entry)
    session.flush()
    _record(
        session,
        _CONTRACT,
        row.public_id,
        before,
        entry,
        company_id=company_id,
        author=author,
    )
    return row


def put_point(
    session: Session,
    row: DeliveryPoint | None,
    entry: PointEntry,
    *,
    contract_id: int,
    company_id: int,
    exit_point: ExitPoint,
    author: Author,
) -> DeliveryPoint:
    """Write a delivery point into its row, or into a new one of the contract."""
    before = entries.of_point(row) if row else None
    if row is None:
        row = DeliveryPoint(public_id=_public_id(), contract_id=contract_id)
        session.add(row)
    _fill(row, entry)
    row.exit_point_id = exit_point.id
    row.sort_name = comparable(entry.name)
    session.flush()
    session.expire(row, ["exit_point"])
    _record(
        session,
        _DELIVERY_POINT,
        row.public_id,
        before,
        entry,
        company_id=company_id,
        author=author,
    )
    return row


def refuse_shared(session: Session) -> None:
    """Refuse (``Rejected``) two points with the same code, or the same name in a contract, on the same day.

    Call it after the audit event, whose chain stays locked until the commit: every other change of the registry was
    committed before, and is seen here, or waits. Two queries.
    """
    one, other = aliased(DeliveryPoint), aliased(DeliveryPoint)
    together = and_(
        one.id < other.id,
        or_(other.ends_on.is_(None), one.starts_on < other.ends_on),
        or_(one.ends_on.is_(None), other.starts_on < one.ends_on),
    )
    for same, refusal, field in (
        (one.carrier_code == other.carrier_code, Refusal.CARRIER_CODE_TAKEN, "carrier_code"),
        (and_(one.contract_id == other.contract_id, one.name == other.name), Refusal.POINT_NAME_TAKEN, "name"),
    ):
        found = session.execute(select(one.starts_on, one.ends_on).join(other, and_(same, together)).limit(1)).first()
        if found is not None:
            raise Rejected(refusal, field, first=found.starts_on, ends_on=found.ends_on)


def put_exit_point(session: Session, row: ExitPoint | None, entry: ExitPointEntry, *, author: Author) -> ExitPoint:
    """Write an exit point into its row, or into a new one."""
    before = entries.of_exit_point(row) if row else None
    if row is None:
        row = ExitPoint()
        session.add(row)
    _fill(row, entry)
    session.flush()
    _record(
        session,
        _EXIT_POINT,
        entry.code,
        before,
        entry,
        company_id=None,
        author=author,
    )
    return row


def _fill(row: object, entry: Entry) -> None:
    for each in fields(entry):
        if each.name != "exit_point":
            setattr(row, each.name, getattr(entry, each.name))


def _public_id() -> str:
    return secrets.token_urlsafe(12)


def _record(
    session: Session,
    events: tuple[AuditEvent, AuditEvent],
    subject: str,
    before: Entry | None,
    entry: Entry,
    *,
    company_id: int | None,
    author: Author,
) -> None:
    details = entries.details_of(before, entry)
    if not details:
        return
    if author.source:
        details["file"] = author.source
    if author.reason:
        details["reason"] = author.reason
    created, changed = events
    audit.record(
        Act.at(session, author.actor, author.now),
        event=created if before is None else changed,
        subject=subject,
        company_id=company_id,
        details=details,
    )
