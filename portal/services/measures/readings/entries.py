"""A reading of one day written by hand, under the rules of a file of readings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, plain
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Reading
from portal.services import ledger
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from .corrections import CorrectedDays
from .rules import InForce, find_age_rule, find_day_rule, find_state_rule, is_new
from .shapes import DAY, LARGEST, LARGEST_WORDS, LONGEST_REASON, QUANTITY, REASON, STATE


class Written(NamedTuple):
    """A reading to write; ``seen`` is the version that the page showed, 0 when the day had none."""

    gas_day: GasDay
    volume: Quantity
    state: ReadingState
    reason: str | None
    seen: int


def record(act: Act, *, point: str, written: Written) -> Reading:
    """Write a day's consumption, m³, and bring the point's account up to date from that day on. Commits.

    Raises ``BadFile`` for a broken rule of a file of readings and for ``NOTHING_NEW``; ``Conflict`` when the day was
    written after the page was shown; ``NotFound`` for an unknown point. Mails a correction to the customer.
    """
    session = act.session
    require(act, Function.LOAD_READINGS)
    with meaning_of_constraints(), transaction(session):
        wanted = select(DeliveryPoint).where(DeliveryPoint.public_id == point)
        found = session.scalars(wanted).unique().one_or_none()
        if found is None:
            raise NotFound
        ledger.lock(session, found.id)
        reading = write(act, point=found, written=written)
        if written.state is ReadingState.CORRECTED:
            told = CorrectedDays()
            told.add(found, written.gas_day.date)
            told.tell(session, now=act.now)
        return reading


def write(act: Act, *, point: DeliveryPoint, written: Written) -> Reading:
    """Write as ``record`` does, inside the caller's transaction, which holds the lock of the account."""
    session = act.session
    before = find_in_force(session, delivery_point_id=point.id, days=[written.gas_day]).get(written.gas_day.date)
    if written.seen != (0 if before is None else before.version):
        raise Conflict("reading-changed")
    problems = list(_problems(act, point, written, before))
    too_old = find_age_rule(written.gas_day, written.volume.micro, written.state, before, act.actor.role, act.now)
    if too_old is not None:
        problems.append(Problem(too_old, column=QUANTITY if too_old is Rule.TOO_OLD_TO_CHARGE else DAY))
    if problems:
        raise BadFile(problems)
    reading = Reading(
        delivery_point_id=point.id,
        gas_day=written.gas_day,
        version=written.seen + 1,
        state=written.state,
        volume_m3=written.volume,
        reason=written.reason,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )
    session.add(reading)
    session.flush()
    ledger.rewrite_day(session, delivery_point=point, gas_day=written.gas_day)
    audit.record(
        act,
        event=AuditEvent.READING_RECORDED,
        subject=point.public_id,
        company_id=point.contract.company_id,
        details={
            "gas_day": written.gas_day.isoformat(),
            "old_m3": None if before is None else plain(before.volume),
            "new_m3": plain(written.volume),
            "old_state": None if before is None else before.state.value,
            "new_state": written.state.value,
            "reason": written.reason,
            sealed_rows.DETAIL: sealed_rows.of_ids(session, table="readings", ids=[reading.id]),
        },
    )
    return reading


def find_in_force(session: Session, *, delivery_point_id: int, days: Iterable[GasDay]) -> dict[date, InForce]:
    """Return the newest version of each of these days of a point that has one."""
    rows = session.execute(
        select(Reading.gas_day, Reading.version, Reading.state, Reading.volume_m3)
        .where(Reading.delivery_point_id == delivery_point_id, Reading.gas_day.in_(list(days)))
        .order_by(Reading.version)
    )
    return {row.gas_day.date: InForce(row.version, row.state, row.volume_m3.micro) for row in rows}


def _problems(act: Act, point: DeliveryPoint, written: Written, before: InForce | None) -> Iterable[Problem]:
    broken = find_day_rule(written.gas_day, written.state, point, act.now)
    if broken is not None:
        yield Problem(broken[0], column=DAY, fact=broken[1])
    closed = closings.find_closed_months(act.session, delivery_point_ids=[point.id]).get(point.id)
    if closed is not None and written.gas_day <= closed.last:
        yield Problem(Rule.MONTH_CLOSED, column=DAY, fact=closed.first.isoformat()[:7])
    if written.volume > LARGEST:
        yield Problem(Rule.TOO_LARGE, column=QUANTITY, fact=LARGEST_WORDS)
    if (written.state is ReadingState.CORRECTED) is not bool(written.reason):
        missing = written.state is ReadingState.CORRECTED
        yield Problem(Rule.REASON_MISSING if missing else Rule.REASON_NOT_WANTED, column=REASON)
    elif written.reason and len(written.reason) > LONGEST_REASON:
        yield Problem(Rule.REASON_TOO_LONG, column=REASON)
    if not is_new(written.volume.micro, written.state, before):
        yield Problem(Rule.NOTHING_NEW, column=QUANTITY)
        return
    rule = find_state_rule(written.state, before)
    if rule is not None:
        yield Problem(rule, column=STATE, fact=before.state.value if before else None)
