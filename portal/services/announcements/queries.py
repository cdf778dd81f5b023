"""Notices in force for a person, and which of them were read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.announcements import Severity
from portal.domain.modalities import Modality
from portal.models import DeliveryPoint, Notice, NoticeRead
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of
from portal.services.store.refusals import NotFound
from portal.services.store.statements import moment_of
from portal.services.store.transactions import transaction

from . import hot
from .hot import Audience

# Most notices in a banner; the page of notices has all.
MOST_IN_BANNER = 3


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
    audience: Audience = "everybody" if user_id is None else "account"
    return _told(act, audience, user_id=user_id, upcoming=True, unread=False, most=100)


def list_for_banner(act: Act, *, user_id: int) -> Sequence[Told]:
    """Return the notices of a customer's banner: critical and maintenance, in force and not read; one query."""
    return _told(act, "account", user_id=user_id, upcoming=False, unread=True, most=MOST_IN_BANNER)


def list_for_decisions(act: Act, *, user_id: int, modality: Modality | None) -> Sequence[Told]:
    """Return the notices beside a decision: critical ones in force, read or not, and unread maintenance.

    One query. Only those that concern the account; with ``modality`` only those of its contracts of that modality.
    """
    audience: Audience = "account" if modality is None else "modality"
    found = _told(act, audience, user_id=user_id, upcoming=False, unread=False, most=100, modality=modality)
    return [
        told
        for told in found
        if told.severity is Severity.CRITICAL or (told.severity is Severity.MAINTENANCE and not told.is_read)
    ]


def list_for_point(act: Act, *, point: DeliveryPoint) -> Sequence[Told]:
    """Return the notices in force that concern a point, gravest first; one query. For the distributor's people."""
    return _told(
        act,
        "point",
        upcoming=False,
        unread=False,
        most=MOST_IN_BANNER,
        modality=point.contract.modality,
        exit_point_id=point.exit_point_id,
    )


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
    audience: Audience,
    *,
    upcoming: bool,
    unread: bool,
    most: int,
    user_id: int | None = None,
    modality: Modality | None = None,
    exit_point_id: int | None = None,
) -> list[Told]:
    rows = hot.select_told(audience, upcoming, unread).named(
        act.session,
        hot.ToldRow,
        now=act.now,
        user=user_id,
        modality=None if modality is None else modality.value,
        exit_point_id=exit_point_id,
        most=most,
    )
    return [
        Told(
            row.public_id,
            Severity(row.severity),
            row.title,
            row.text,
            moment_of(row.starts_at),
            None if row.ends_at is None else moment_of(row.ends_at),
            None if row.modality is None else Modality(row.modality),
            row.exit_point,
            bool(row.is_read),
        )
        for row in rows
    ]
