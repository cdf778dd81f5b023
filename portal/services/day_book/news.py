"""Events since a book was read that may have changed it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.models import AuditEvent, AuthorisationDraft
from portal.services.store.acts import Act
from portal.services.store.permissions import require

# Kinds of events (before the colon) that change no line, sum, note or version of a book. What is not named here may.
HARMLESS = frozenset(
    (
        "anchors",
        "api-token",
        "binding",
        "calendar-feed",
        "call",
        "call-back",
        "call-code",
        "call-draft",
        "call-following",
        "call-letter",
        "call-unlock",
        "case",
        "document",
        "evidence",
        "job",
        "key-block",
        "key-pair",
        "keys",
        "letter",
        "mail",
        "notice",
        "numeric-key",
        "operator-mails",
        "password",
        "pattern",
        "recovery-code",
        "recovery-codes",
        "second-factor",
        "session",
        "shift",
        "statements",
        "tariffs",
        "web-key",
    )
)
# Of kinds whose other events may: a customer opens a contract or a point.
HARMLESS_EVENTS = frozenset((audit_events.AuditEvent.CONTRACT_OPENED, audit_events.AuditEvent.DELIVERY_POINT_OPENED))
# Those that change the line of the point that they name, for the day that they name, and no other.
OF_A_LINE = frozenset(
    (
        audit_events.AuditEvent.NOMINATION_BY_STANDING_ORDER,
        audit_events.AuditEvent.NOMINATION_CANCELLED,
        audit_events.AuditEvent.NOMINATION_SIGNED,
        audit_events.AuditEvent.NOMINATION_SIGNED_LATE,
        audit_events.AuditEvent.RENOMINATION_SIGNED,
    )
)
# More events than these are not read one by one.
MOST_READ = 500


class Drafts(NamedTuple):
    """Sums of the quantities of a day that are recorded and not published: recording one is no event."""

    amount: int
    last_at: datetime | None
    micro: int


class Stamp(NamedTuple):
    """The last event of the audit that is known, and the quantities that are recorded for the day."""

    last: int
    drafts: Drafts


def read_stamp(act: Act, *, gas_day: GasDay) -> Stamp:
    """Return what a book that is read now will have known; two queries."""
    require(act, Function.SEE_DAY_BOOK)
    return Stamp(act.session.scalar(select(func.max(AuditEvent.sequence))) or 0, _read_drafts(act.session, gas_day))


class News(NamedTuple):
    """The stamp as it is now, and the points, by public id, whose lines alone changed since the one before."""

    stamp: Stamp
    points: frozenset[str]


def read_news(act: Act, *, gas_day: GasDay, known: Stamp) -> News | None:
    """Return what changed in the book of a day since ``known``; None when more than lines of some points may have.

    Whatever changes a book is written with its event in one transaction, but for recorded quantities. Two queries.
    """
    require(act, Function.SEE_DAY_BOOK)
    rows = act.session.execute(
        select(AuditEvent.sequence, AuditEvent.event, AuditEvent.details)
        .where(AuditEvent.sequence > known.last)
        .order_by(AuditEvent.sequence)
        .limit(MOST_READ + 1)
    ).all()
    if len(rows) > MOST_READ:
        return None
    points: set[str] = set()
    for row in rows:
        if is_harmless(row.event):
            continue
        told = json.loads(row.details) if row.event in OF_A_LINE else {}
        if not {"point", "gas_day"} <= told.keys():
            return None
        if told["gas_day"] == gas_day.isoformat():
            points.add(told["point"])
    drafts = _read_drafts(act.session, gas_day)
    if drafts != known.drafts:
        return None
    return News(Stamp(rows[-1].sequence if rows else known.last, drafts), frozenset(points))


def _read_drafts(session: Session, gas_day: GasDay) -> Drafts:
    recorded = type_coerce(AuthorisationDraft.quantity_m3, BigInteger) + type_coerce(
        AuthorisationDraft.quantity_mbtu, BigInteger
    )
    row = session.execute(
        select(
            func.count().label("many"),
            func.max(AuthorisationDraft.recorded_at).label("last_at"),
            cast(func.coalesce(func.sum(recorded), 0), BigInteger).label("micro"),
        ).where(AuthorisationDraft.gas_day == gas_day)
    ).one()
    return Drafts(row.many, row.last_at, row.micro)


def is_harmless(event: str) -> bool:
    """Tell whether no event of this name changes a book."""
    return event.partition(":")[0] in HARMLESS or event in HARMLESS_EVENTS
