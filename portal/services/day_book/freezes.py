"""A day's book frozen: a numbered version that nobody changes, with the file that goes upstream.

Source: docs/rules.md, "Day book".
"""

from __future__ import annotations

import hashlib

from sqlalchemy import insert

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas
from portal.domain.roles import Function
from portal.models import DayBook, DayBookFile, DayBookLine
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .files import as_csv, entries_of
from .lines import Line, lines_of
from .permissions import person
from .versions import changed_since, versions_of


def freeze(act: Act, *, gas_day: GasDay) -> DayBook:
    """Freeze what is in force for the day as the next version of its book. Commits.

    Refuses (``Rejected``) a day that is over (``BOOK_DAY_OVER``), and one whose lines are those of the last version
    (``BOOK_UNCHANGED``); ``Conflict`` when somebody froze it at the same moment.
    """
    user_id = person(act.actor, Function.AUTHORISE)
    with meaning_of_constraints(), transaction(act.session):
        return freeze_within(act, user_id=user_id, gas_day=gas_day)


def freeze_within(act: Act, *, user_id: int, gas_day: GasDay) -> DayBook:
    """Freeze inside the caller's transaction, as ``freeze``."""
    session = act.session
    if act.now >= gas_day.end:
        raise Rejected(Refusal.BOOK_DAY_OVER)
    lines = lines_of(session, gas_day=gas_day)
    earlier = versions_of(session, gas_day=gas_day)
    if earlier and not changed_since(session, version=earlier[-1], lines=lines):
        raise Rejected(Refusal.BOOK_UNCHANGED, version=earlier[-1].version)
    content = as_csv(entries_of(lines, gas_day=gas_day))
    book = DayBook(
        gas_day=gas_day,
        version=len(earlier) + 1,
        frozen_at=act.now,
        frozen_by_id=user_id,
        file_hash=hashlib.sha256(content).digest(),
    )
    session.add(book)
    session.flush()
    session.add(DayBookFile(book_id=book.id, content=content))
    if lines:
        session.execute(insert(DayBookLine), [_row(book.id, line) for line in lines])
    audit.record(
        act,
        event=AuditEvent.DAY_BOOK_FROZEN,
        subject=gas_day.isoformat(),
        details={"version": book.version, "sha256": book.file_hash.hex(), "points": len(lines)},
    )
    return book


def _row(book_id: int, line: Line) -> dict[str, object]:
    asked = line.asked or Gas.zero()
    return {
        "book_id": book_id,
        "delivery_point_id": line.point_id,
        "nomination_id": line.nomination_id,
        "quantity_m3": asked.m3,
        "quantity_mbtu": asked.mbtu,
        "unit": line.unit,
        "origin": line.origin,
        "revision": line.revision or 0,
        "received_at": line.received_at,
    }
