"""Cross-checks: rows compared with one another and with the audit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain import audit_events
from portal.models import (
    AuditEvent,
    Authorisation,
    Case,
    DailyHeatingValue,
    FilingCounter,
    LateDecision,
    MonthClosing,
    Nomination,
    NominationHead,
    Reading,
)
from portal.services.store.transactions import one_moment

# Every number names its own series, also one that the distributor had before, and those of claims that became cases.
NUMBERED: tuple[InstrumentedAttribute[Any], ...] = (
    Nomination.filing_number,
    Case.filing_number,
    MonthClosing.statement_number,
)
_NUMBER = re.compile(r"([A-Z]+)-(\d{4})-(\d{6,})")
SIGNED = (
    audit_events.AuditEvent.NOMINATION_BY_STANDING_ORDER,
    audit_events.AuditEvent.NOMINATION_SIGNED,
    audit_events.AuditEvent.RENOMINATION_SIGNED,
    audit_events.AuditEvent.NOMINATION_CANCELLED,
    audit_events.AuditEvent.NOMINATION_SIGNED_LATE,
)


def verify_receipts(session: Session) -> str | None:
    """Compare numbers with counters, revisions and heads with nominations, and nominations with the audit.

    None when all agree, else the first difference.
    """
    with one_moment(session):
        for check in (_numbers, _nominations_and_events, _revisions, _heads):
            difference = next(check(session), None)
            if difference is not None:
                return difference
    return None


def verify_versions(session: Session) -> str | None:
    """Check that no version is missing among readings, authorisations and heating values; None, or the first fault."""
    with one_moment(session):
        return next(_versions(session), None)


def _numbers(session: Session) -> Iterator[str]:
    counters = {(row.series, row.year): row.last for row in session.scalars(select(FilingCounter))}
    given: dict[tuple[str, int], set[int]] = {}
    for column in NUMBERED:
        for text in session.scalars(select(column).where(column.is_not(None))):
            parts = _NUMBER.fullmatch(text)
            if parts is None:
                yield f"{text} is no number of its series"
                continue
            given.setdefault((parts[1], int(parts[2])), set()).add(int(parts[3]))
    for series, year in sorted(counters.keys() | given.keys()):
        last, there = counters.get((series, year), 0), given.get((series, year), set())
        missing = next((number for number in range(1, last + 1) if number not in there), None)
        if missing is not None:
            yield f"number {series}-{year}-{missing:06d} was given and its row is missing"
        if max(there, default=0) > last:
            yield f"the counter {series}-{year} stands at {last}, but number {max(there)} was given"


def _nominations_and_events(session: Session) -> Iterator[str]:
    """Yield acknowledged nominations without an equal event, and events without their nomination."""
    found = session.execute(
        select(Nomination, AuditEvent.event, AuditEvent.details)
        .outerjoin(
            AuditEvent,
            (AuditEvent.subject == Nomination.public_id) & or_(*(AuditEvent.event == each for each in SIGNED)),
        )
        .where(Nomination.filing_number.is_not(None))
        .order_by(Nomination.id)
        .execution_options(yield_per=1000)
    )
    try:
        for nomination, event, details in cast("Iterable[tuple[Nomination, str | None, str]]", found):
            if event is None:
                yield f"receipt {nomination.filing_number} has no event in the audit"
                continue
            said = json.loads(details)
            written = {
                "gas_day": nomination.gas_day.isoformat(),
                "revision": nomination.revision,
                "quantity": str(nomination.quantity.amount),
                "unit": nomination.unit.value,
                "filing_number": nomination.filing_number,
            }
            for name, value in written.items():
                if said.get(name) != value:
                    words = f"{value} is stored, the audit says {said.get(name)}"
                    yield f"receipt {nomination.filing_number}, {name}: {words}"
            if "receipt" in said and said["receipt"] != (nomination.receipt_hash or b"").hex():
                yield f"receipt {nomination.filing_number} is not the one that the audit says"
    finally:
        found.close()
    there = select(literal(1)).where(Nomination.public_id == AuditEvent.subject).exists()
    lost = select(AuditEvent.sequence, AuditEvent.details).where(AuditEvent.event.in_(SIGNED), ~there)
    for row in session.execute(lost.order_by(AuditEvent.sequence).limit(1)):
        number = json.loads(row.details).get("filing_number")
        yield f"receipt {number}, in the audit as event {row.sequence}, is missing"


def _revisions(session: Session) -> Iterator[str]:
    yield from _gaps(session, Nomination, Nomination.revision, Nomination.delivery_point_id, "nominations")


def _heads(session: Session) -> Iterator[str]:
    """Yield days whose head is not their greatest revision that is neither late nor withdrawn."""
    counts = or_(~Nomination.is_late, LateDecision.accepted)
    greatest = (
        select(
            Nomination.delivery_point_id.label("point"),
            Nomination.gas_day.label("day"),
            func.max(Nomination.revision).label("revision"),
        )
        .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
        .where(counts)
        .group_by(Nomination.delivery_point_id, Nomination.gas_day)
        .subquery()
    )
    in_force = (
        select(Nomination.id, Nomination.delivery_point_id, Nomination.gas_day, Nomination.revision)
        .join(
            greatest,
            (Nomination.delivery_point_id == greatest.c.point)
            & (Nomination.gas_day == greatest.c.day)
            & (Nomination.revision == greatest.c.revision),
        )
        .where(~Nomination.cancels)
        .subquery()
    )
    same_day = (NominationHead.delivery_point_id == in_force.c.delivery_point_id) & (
        NominationHead.gas_day == in_force.c.gas_day
    )
    lacking = (
        select(in_force.c.delivery_point_id, in_force.c.gas_day, in_force.c.revision)
        .outerjoin(NominationHead, same_day)
        .where(
            or_(
                NominationHead.nomination_id.is_(None),
                NominationHead.nomination_id != in_force.c.id,
                NominationHead.revision != in_force.c.revision,
            )
        )
        .limit(1)
    )
    for row in session.execute(lacking):
        where = f"delivery point {row.delivery_point_id}, gas day {row.gas_day.isoformat()}"
        yield f"{where}: revision {row.revision} is in force by the nominations, and not by the day's head"
    spare = (
        select(NominationHead.delivery_point_id, NominationHead.gas_day)
        .outerjoin(in_force, same_day)
        .where(in_force.c.id.is_(None))
        .limit(1)
    )
    for head in session.execute(spare):
        where = f"delivery point {head.delivery_point_id}, gas day {head.gas_day.isoformat()}"
        yield f"{where}: the day has a head and no nomination in force"


def _versions(session: Session) -> Iterator[str]:
    yield from _gaps(session, Reading, Reading.version, Reading.delivery_point_id, "readings")
    yield from _gaps(session, Authorisation, Authorisation.version, Authorisation.delivery_point_id, "authorisations")
    yield from _gaps(
        session, DailyHeatingValue, DailyHeatingValue.version, DailyHeatingValue.exit_point_id, "heating values"
    )


def _gaps(session: Session, table: Any, version: Any, owner: Any, name: str) -> Iterator[str]:
    broken = (
        select(owner.label("owner"), table.gas_day, func.max(version).label("last"), func.count().label("rows"))
        .group_by(owner, table.gas_day)
        .having(func.max(version) != func.count())
        .order_by(owner, table.gas_day)
        .limit(1)
    )
    for row in session.execute(broken):
        where = f"{owner.key.removesuffix('_id').replace('_', ' ')} {row.owner}, gas day {row.gas_day.isoformat()}"
        yield f"{name} of {where}: {row.rows} rows up to number {row.last}, one is missing"
