"""Publication and withdrawal of notices to customers, with one mail to each contact who chose notices by mail."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.announcements import Severity
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.passages import Passage, PassageKind
from portal.models import Contact, Contract, DeliveryPoint, ExitPoint, Notice, User
from portal.services import mail
from portal.services.mail import Letter, Short, Topic
from portal.services.mail.contacts import is_wanted
from portal.services.store import passages
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import contact_hours
from portal.services.trace import audit

LONGEST_TITLE, LONGEST_TEXT = 120, 4000
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as typed. ``exit_point`` is a code; without it and without a modality the notice is for everybody."""

    severity: Severity
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None
    modality: Modality | None
    exit_point: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Reach of a notice: companies with a point it concerns, mails about it, and when they leave."""

    companies: int
    mails: int
    sent_at: datetime


def preview(act: Act, *, draft: Draft) -> Reach:
    """Return the reach of the notice, writing nothing; refuses (``Rejected``) as ``publish``."""
    require(act, Function.PUBLISH_NOTICES)
    gate = _check(act, draft)
    companies = act.session.scalars(_companies(draft.modality, gate, GasDay.of(act.now))).all()
    mails = _list_recipients(act.session, companies, _topic_of(draft))
    return Reach(len(companies), len(mails), _send_at(act, draft))


def publish(act: Act, *, draft: Draft) -> Notice:
    """Publish a notice and put its mail in the outbox, once for each contact; commits.

    The same notice by the same person within ten minutes is a double press: returns the existing notice and posts no
    more mail. Refuses (``Rejected``) without a title of 120 or a text of 4,000 characters at most, one
    that ends before it starts or has ended, and an unknown exit point.
    """
    session, now = act.session, act.now
    user_id = require(act, Function.PUBLISH_NOTICES)
    with transaction(session):
        gate = _check(act, draft)
        # Make two presses at once wait for one another.
        session.get(User, user_id, with_for_update={"key_share": True})
        if (there := _published(act, user_id, draft, gate)) is not None:
            return there
        notice = Notice(
            public_id=secrets.token_urlsafe(12),
            severity=draft.severity,
            title=draft.title.strip(),
            text=draft.text.strip(),
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            modality=draft.modality,
            exit_point_id=gate,
            created_at=now,
            created_by_id=user_id,
            mailed_at=now,
        )
        session.add(notice)
        session.flush()
        _index(session, notice)
        companies = session.scalars(_companies(draft.modality, gate, GasDay.of(now))).all()
        letter, topic = _letter(act, notice), _topic_of(draft)
        recipients = _list_recipients(session, companies, topic)
        send_at = _send_at(act, draft)
        mail.post(act, letter=letter, kind="notice", recipients=recipients, send_at=send_at)
        words = "Aviso crítico" if topic is Topic.CONTINGENCIES else "Aviso"
        mail.short_messages.post(
            act,
            topic=topic,
            kind="notice",
            companies=dict.fromkeys(companies, ()),
            short=Short(words, f"{words}: {notice.title}", "/avisos", until=notice.ends_at, about=(notice.public_id,)),
            send_at=send_at,
        )
        audit.record(
            act,
            event=AuditEvent.NOTICE_PUBLISHED,
            subject=notice.public_id,
            details={"severity": draft.severity.value, "title": notice.title, "mails": len(recipients)},
        )
        return notice


def _topic_of(draft: Draft) -> Topic:
    return Topic.CONTINGENCIES if draft.severity is Severity.CRITICAL else Topic.NOTICES


def _send_at(act: Act, draft: Draft) -> datetime:
    """Return when the messages of a notice leave (UTC): in the hours of contact, or now.

    Now if it is critical, or begins while they would wait. What began already waits: nobody can prepare for it.
    """
    return contact_hours.find_send_moment(act, topic=_topic_of(draft), before=draft.starts_at)


def withdraw(act: Act, *, public_id: str) -> Notice:
    """Withdraw a notice, so that nobody sees it any more; a second time changes nothing. Commits; ``NotFound``."""
    session = act.session
    user_id = require(act, Function.PUBLISH_NOTICES)
    with transaction(session):
        notice = session.scalars(
            select(Notice).where(Notice.public_id == public_id).with_for_update(key_share=True)
        ).one_or_none()
        if notice is None:
            raise NotFound
        if notice.withdrawn_at is None:
            notice.withdrawn_at, notice.withdrawn_by_id = act.now, user_id
            session.flush()
            _index(session, notice)
            audit.record(act, event=AuditEvent.NOTICE_WITHDRAWN, subject=public_id)
        return notice


def list_notices(act: Act, *, most: int = 100) -> Sequence[Notice]:
    """Return the last notices, newest first."""
    require(act, Function.PUBLISH_NOTICES)
    return act.session.scalars(select(Notice).order_by(Notice.id.desc()).limit(most)).all()


def index_notices(session: Session) -> None:
    """Write what the search finds of every notice anew, in the caller's transaction."""
    for notice in session.scalars(select(Notice)):
        _index(session, notice)


def _index(session: Session, notice: Notice) -> None:
    """Let everybody find a notice to everybody, until it ends; one about some contracts is shown to those alone."""
    shown = notice.withdrawn_at is None and notice.modality is None and notice.exit_point_id is None
    found = Passage(PassageKind.NOTICE, notice.title, notice.text, "/avisos", None, notice.ends_at)
    passages.rewrite(session, source=f"notice:{notice.public_id}", passages=[found] if shown else [])


def list_exit_points(session: Session) -> list[tuple[str, str]]:
    """Return the exit points that a notice may be for: code and name."""
    rows = session.execute(select(ExitPoint.code, ExitPoint.name).order_by(ExitPoint.name))
    return [(row.code, row.name) for row in rows]


def _published(act: Act, user_id: int, draft: Draft, gate: int | None) -> Notice | None:
    return act.session.scalars(
        select(Notice).where(
            Notice.created_by_id == user_id,
            Notice.created_at > act.now - AGAIN,
            Notice.withdrawn_at.is_(None),
            Notice.severity == draft.severity,
            Notice.title == draft.title.strip(),
            Notice.text == draft.text.strip(),
            Notice.ends_at.is_not_distinct_from(draft.ends_at),
            Notice.modality.is_not_distinct_from(draft.modality),
            Notice.exit_point_id.is_not_distinct_from(gate),
        )
    ).first()


def _check(act: Act, draft: Draft) -> int | None:
    """Return the row id of its exit point, None when it is for all of them."""
    title, text = draft.title.strip(), draft.text.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise Rejected(Refusal.NOTICE_TITLE, "title", most=LONGEST_TITLE)
    if not text or len(text) > LONGEST_TEXT:
        raise Rejected(Refusal.NOTICE_TEXT, "text", most=LONGEST_TEXT)
    if draft.ends_at is not None and draft.ends_at <= max(draft.starts_at, act.now):
        raise Rejected(Refusal.NOTICE_OVER, "ends_at")
    if draft.exit_point is None:
        return None
    gate = act.session.scalar(select(ExitPoint.id).where(ExitPoint.code == draft.exit_point))
    if gate is None:
        raise Rejected(Refusal.UNKNOWN_EXIT_POINT, "exit_point")
    return gate


def _companies(modality: Modality | None, gate: int | None, today: GasDay) -> Select[int]:
    rows = (
        select(Contract.company_id)
        .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
        .where((Contract.ends_on.is_(None)) | (Contract.ends_on > today))
        .distinct()
    )
    if modality is not None:
        rows = rows.where(Contract.modality == modality)
    return rows if gate is None else rows.where(DeliveryPoint.exit_point_id == gate)


def _list_recipients(session: Session, companies: Sequence[int], topic: Topic) -> list[str]:
    """Return the address of each mail that leaves: one person may be a contact of several companies."""
    wanted = (
        select(Contact.email)
        .where(Contact.company_id.in_(companies), is_wanted(topic))
        .order_by(Contact.email)
        .distinct()
    )
    return mail.deduplicate(session.scalars(wanted))


def _letter(act: Act, notice: Notice) -> Letter:
    facts = [("Desde", _when(notice.starts_at))]
    if notice.ends_at is not None:
        facts.append(("Hasta", _when(notice.ends_at)))
    return Letter(
        subject=f"Aviso: {notice.title}",
        says=[line for line in notice.text.splitlines() if line.strip()],
        facts=facts,
        link=("Ver los avisos", act.link("/avisos")),
    )


def _when(moment: datetime) -> str:
    local = moment.astimezone(BOGOTA)
    return f"{day_words(local.date())} a las {local:%H:%M}"
