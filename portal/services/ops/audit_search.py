"""Audit pages: events filtered, a page at a time, and the proof of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.models import AuditEvent, Company
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.transactions import one_moment
from portal.services.trace import audit, audit_trail
from portal.services.trace.audit_trail import Entry
from portal.services.trace.chain_findings import Finding

from . import anchors
from .anchors import Outcome, Required

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a search; a blank one excludes nothing. Days are Colombian, both included."""

    event: str = ""
    who: str = ""
    subject: str = ""
    company: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, newest first; ``next_before`` requests the next one; the names of subjects by id."""

    entries: list[Entry]
    next_before: int | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChainState:
    """State of the chain: ``broken`` names the first bad row; the anchors that agree with it."""

    broken: Finding | None
    events: int
    anchors: Outcome


def search(act: Act, *, filters: Filters, before: int | None = None, most: int = PAGE) -> Found:
    """Return the matching events, ``most`` at a time, with names; ``NotAllowed`` without the function."""
    session = act.session
    require(act, Function.READ_AUDIT)
    rows = select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(most + 1)
    if before is not None:
        rows = rows.where(AuditEvent.sequence < before)
    if filters.event:
        rows = rows.where(AuditEvent.event.startswith(filters.event, autoescape=True))
    if filters.who:
        rows = rows.where(func.lower(AuditEvent.actor).contains(filters.who.lower(), autoescape=True))
    if filters.subject:
        rows = rows.where(audit_trail.match_subject(session, text=filters.subject))
    if filters.company:
        of_company = select(Company.id).where(Company.public_id == filters.company).scalar_subquery()
        rows = rows.where(AuditEvent.company_id == of_company)
    if filters.since is not None:
        rows = rows.where(AuditEvent.at >= GasDay(filters.since).start)
    if filters.until is not None:
        rows = rows.where(AuditEvent.at < GasDay(filters.until + timedelta(days=1)).start)
    found = list(session.scalars(rows))
    more = found[most - 1].sequence if len(found) > most else None
    entries = audit_trail.read_entries(found[:most])
    return Found(entries, more, audit_trail.find_names(session, entries=entries))


def list_companies(act: Act, *, most: int) -> list[tuple[str, str]]:
    """Return the companies to filter by, at most so many: public id and name."""
    require(act, Function.READ_AUDIT)
    rows = act.session.execute(select(Company.public_id, Company.name).order_by(Company.sort_name).limit(most))
    return [(row.public_id, row.name) for row in rows]


def prove(act: Act, *, required: Required) -> ChainState:
    """Recompute the whole chain and compare it with every anchor; ``NotAllowed`` without the function."""
    require(act, Function.READ_AUDIT)
    found, events = check_chain(act.session, required=required)
    return ChainState(found.broken, events, found)


def check_chain(session: Session, *, required: Required) -> tuple[Outcome, int]:
    """Return the first fault of the audit or its anchors, and the number of events.

    Reads one moment of the database, so that events written meanwhile do not count as a difference.
    """
    with one_moment(session):
        broken = audit.verify(session)
        found = anchors.verify(session, required=required)
        events = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    return (found if broken is None else replace(found, broken=broken)), events
