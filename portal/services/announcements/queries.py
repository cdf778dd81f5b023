"""Notices in force for a person, and which of them were read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.announcements import Severity
from portal.domain.modalities import Modality
from portal.models import Binding, Contract, DeliveryPoint, ExitPoint, Notice, NoticeRead
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction

# Most notices in a banner; the page of notices has all.
MOST_IN_BANNER = 3
_ORDER = case({Severity.CRITICAL: 0, Severity.MAINTENANCE: 1, Severity.INFORMATION: 2}, value=Notice.severity)


class Told(NamedTuple):
    """A notice as shown: its audience, and whether this person read it."""

    public_id: str
    severity: Severity
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None
    modality: object
    exit_point: str | None
    is_read: bool


def list_for_person(act: Act, *, user_id: int | None) -> Sequence[Told]:
    """Return the notices that are in force or announced, gravest first; one query.

    A visitor gets those for everybody; a signed-in customer also those for the modalities and exit points of the
    contracts of the account.
    """
    return _told(act, user_id=user_id, upcoming=True, unread=False, most=100)


def list_for_banner(act: Act, *, user_id: int) -> Sequence[Told]:
    """Return the notices of a customer's banner: critical and maintenance, in force and not read; one query."""
    return _told(act, user_id=user_id, upcoming=False, unread=True, most=MOST_IN_BANNER)


def list_for_decisions(act: Act, *, user_id: int, modality: Modality | None) -> Sequence[Told]:
    """Return the notices beside a decision: critical ones in force, read or not, and unread maintenance.

    One query. Only those that concern the account; with ``modality`` only those of its contracts of that modality.
    """
    found = _told(act, user_id=user_id, upcoming=False, unread=False, most=100, modality=modality)
    return [
        told
        for told in found
        if told.severity is Severity.CRITICAL or (told.severity is Severity.MAINTENANCE and not told.is_read)
    ]


def list_for_point(act: Act, *, point: DeliveryPoint) -> Sequence[Told]:
    """Return the notices in force that concern a point, gravest first; one query. For the distributor's people."""
    concerns = and_(
        or_(Notice.modality.is_(None), Notice.modality == point.contract.modality),
        or_(Notice.exit_point_id.is_(None), Notice.exit_point_id == point.exit_point_id),
    )
    return _told(act, user_id=None, upcoming=False, unread=False, most=MOST_IN_BANNER, concerns=concerns)


def require(session: Session, *, public_id: str) -> int:
    """Return the row id of a notice; ``NotFound`` for an unknown one."""
    notice_id = session.scalar(select(Notice.id).where(Notice.public_id == public_id))
    if notice_id is None:
        raise NotFound
    return notice_id


def mark_read(act: Act, *, user_id: int, public_id: str) -> None:
    """Note that a person read a notice; a second time changes nothing. Commits; ``NotFound``."""
    session = act.session
    notice_id = require(session, public_id=public_id)
    try:
        with transaction(session):
            if session.get(NoticeRead, (notice_id, user_id)) is None:
                session.add(NoticeRead(notice_id=notice_id, user_id=user_id, read_at=act.now))
    except IntegrityError as error:
        session.rollback()
        # Two presses at once count as one.
        if name_of(error) != "pk_notice_reads":
            raise


def _told(
    act: Act,
    *,
    user_id: int | None,
    upcoming: bool,
    unread: bool,
    most: int,
    modality: Modality | None = None,
    concerns: ColumnElement[bool] | None = None,
) -> list[Told]:
    read = (
        exists().where(NoticeRead.notice_id == Notice.id, NoticeRead.user_id == user_id).correlate(Notice)
        if user_id is not None
        else ~true()
    )
    rows = (
        select(Notice, ExitPoint.name.label("gate"), read.label("is_read"))
        .outerjoin(ExitPoint, ExitPoint.id == Notice.exit_point_id)
        .where(
            Notice.withdrawn_at.is_(None),
            or_(Notice.ends_at.is_(None), Notice.ends_at > act.now),
            _concerns(user_id, modality) if concerns is None else concerns,
        )
        .order_by(_ORDER, Notice.starts_at, Notice.id)
        .limit(most)
    )
    if not upcoming:
        rows = rows.where(Notice.starts_at <= act.now)
    if unread:
        rows = rows.where(Notice.severity != Severity.INFORMATION, ~read)
    return [
        Told(
            row.Notice.public_id,
            row.Notice.severity,
            row.Notice.title,
            row.Notice.text,
            row.Notice.starts_at,
            row.Notice.ends_at,
            row.Notice.modality,
            row.gate,
            bool(row.is_read),
        )
        for row in act.session.execute(rows)
    ]


def _concerns(user_id: int | None, modality: Modality | None) -> ColumnElement[bool]:
    everybody = Notice.modality.is_(None) & Notice.exit_point_id.is_(None)
    if user_id is None:
        return everybody
    theirs = (
        exists()
        .where(
            Binding.user_id == user_id,
            Binding.disabled_at.is_(None),
            Binding.contract_id == Contract.id,
            DeliveryPoint.contract_id == Contract.id,
            true() if modality is None else Contract.modality == modality,
            or_(Notice.modality.is_(None), Notice.modality == Contract.modality),
            or_(Notice.exit_point_id.is_(None), Notice.exit_point_id == DeliveryPoint.exit_point_id),
        )
        .correlate(Notice)
    )
    return or_(everybody, theirs)
