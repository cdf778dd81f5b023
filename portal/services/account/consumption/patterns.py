"""Seasonal patterns: the months of higher or lower consumption, as customers declare them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.models import Company, Contract, DeliveryPoint, ExitPoint, SeasonalPattern, User
from portal.services import ledger
from portal.services.people import bindings
from portal.services.store import keyset, point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Page, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.statements import moment_of
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import hot

MOST_NOTE = 500


class Pattern(NamedTuple):
    """A declaration in force: the numbers of the months, reason, time and author; no months when it was withdrawn."""

    months: tuple[int, ...]
    note: str
    declared_at: datetime
    declared_by: str


class PointPattern(NamedTuple):
    """A pattern as staff see it."""

    company: str
    point: str
    pattern: Pattern


def find_declared(session: Session, *, delivery_point_ids: Collection[int]) -> dict[int, Pattern]:
    """Return the declaration in force of each of these points that has one, by one query."""
    rows = hot.DECLARED.listed(session, hot.DeclaredRow, delivery_point_ids)
    return {
        row.delivery_point_id: Pattern(_months(row.months), row.note, moment_of(row.declared_at), row.declared_by)
        for row in rows
        if row.months
    }


def list_patterns(act: Act, *, text: str = "", after: int | None = None) -> Page[PointPattern]:
    """Return fifty declarations in force, by point, after the point with a row id, for staff who see balances."""
    require(act, Function.SEE_BALANCES)
    wanted = (
        select(
            SeasonalPattern,
            DeliveryPoint.id,
            User.name.label("declared_by"),
            DeliveryPoint.name.label("point"),
            Company.name.label("company"),
        )
        .join(User, User.id == SeasonalPattern.declared_by_id)
        .join(DeliveryPoint, DeliveryPoint.id == SeasonalPattern.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
        .where(
            hot.is_newest(),
            SeasonalPattern.months != "",
            point_search.match_text(text, DeliveryPoint, Contract, Company, ExitPoint),
        )
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    if after is not None:
        wanted = wanted.where(keyset.match_later([DeliveryPoint.sort_name], row_id=DeliveryPoint.id, after=after))
    found = take_page(act.session.execute(wanted.limit(PAGE + 1)).all(), length=PAGE, place=lambda row: (row.id,))
    rows = [PointPattern(row.company, row.point, _pattern(row.SeasonalPattern, row.declared_by)) for row in found.rows]
    return Page(rows, found.next)


def declare(act: Act, *, delivery_point_id: int, months: Collection[int], note: str) -> None:
    """Declare the months of the year with another consumption; an empty list withdraws the declaration. Commits.

    An equal declaration writes nothing. Refuses (``Rejected``): ``NO_SUCH_MONTH``, ``NOTE_TOO_LONG`` (500 characters),
    ``NOTE_MISSING`` with months, ``NOT_APPROVED`` for a view-only account.
    """
    session, actor = act.session, act.actor
    note = " ".join(note.split())
    if not set(months) <= set(range(1, 13)):
        raise Rejected(Refusal.NO_SUCH_MONTH, "months")
    if len(note) > MOST_NOTE:
        raise Rejected(Refusal.NOTE_TOO_LONG, "note", most=MOST_NOTE)
    if months and not note:
        raise Rejected(Refusal.NOTE_MISSING, "note")
    text = ",".join(map(str, sorted(set(months))))
    with transaction(session):
        ledger.lock(session, delivery_point_id)
        point = session.get_one(DeliveryPoint, delivery_point_id)
        if actor.user_id is None or not bindings.may_nominate(
            session, user_id=actor.user_id, contract_id=point.contract_id
        ):
            raise Rejected(Refusal.NOT_APPROVED)
        before = session.scalars(
            select(SeasonalPattern)
            .where(SeasonalPattern.delivery_point_id == point.id)
            .order_by(SeasonalPattern.version.desc())
        ).first()
        if (text, note) == ((before.months, before.note) if before else ("", "")):
            return
        session.add(
            SeasonalPattern(
                delivery_point_id=point.id,
                version=(before.version if before else 0) + 1,
                months=text,
                note=note,
                declared_at=act.now,
                declared_by_id=actor.user_id,
            )
        )
        audit.record(
            act,
            event=AuditEvent.PATTERN_DECLARED,
            subject=point.public_id,
            company_id=point.contract.company_id,
            details={"months": text},
        )


def _pattern(found: SeasonalPattern, name: str) -> Pattern:
    return Pattern(_months(found.months), found.note, found.declared_at, name)


def _months(text: str) -> tuple[int, ...]:
    return tuple([int(number) for number in text.split(",") if number])
