"""Work that waits in the day books: quantities to authorise, books to freeze, to freeze again and to send."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.timetable import NoWindow, RequestKind, find_window
from portal.models import (
    Authorisation,
    AuthorisationDraft,
    Contract,
    DayBook,
    DayBookLine,
    DayBookSending,
    DeliveryPoint,
    LateDecision,
    MonthClosing,
    Nomination,
    NominationHead,
)
from portal.services import timetable
from portal.services.store.acts import Act

# Nominations open 31 days before their gas day.
AHEAD = 31


class BookWork(StrEnum):
    """Kind of work that an operator has with a book."""

    TO_AUTHORISE = "to-authorise"
    CHANGED = "book-changed"
    NOT_FROZEN = "book-not-frozen"
    NOT_SENT = "book-not-sent"


class BookItem(NamedTuple):
    """Number of waiting items, since when, when the first of them takes effect, and its day.

    ``since`` and ``effective_at`` are None where nothing waits or no moment is known; ``effective_at`` lies ahead.
    """

    what: BookWork
    many: int
    since: datetime | None = None
    effective_at: datetime | None = None
    gas_day: GasDay | None = None


def list_waiting(act: Act) -> list[BookItem]:
    """Return the work that waits in the books, also kinds without any; by three queries.

    A day counts once its nominations have closed. Past days count where an authorised quantity answers a revision that
    is not in force any more, back to the first of the month before, where the month is not closed.
    """
    session = act.session
    today = GasDay.of(act.now)
    closes = _closes(session, today.plus(1))
    closed = [modality for modality, at in closes.items() if act.now > at]
    found = [_to_authorise(act, today, closed), _changed(act, today)]
    days = [today, *([today.plus(1)] if len(closed) == len(closes) else [])]
    found.append(_not_frozen(session, days, max(closes.values(), default=None)))
    found.append(_not_sent(session, today))
    return found


def list_unfrozen_days(act: Act) -> list[tuple[GasDay, datetime | None]]:
    """Return the days, today and tomorrow, with nominations and a passed close whose book is not frozen.

    Each comes with the moment of its last close, None without a timetable.
    """
    today = GasDay.of(act.now)
    closed = {day: max(_closes(act.session, day).values(), default=None) for day in (today, today.plus(1))}
    days = [today, *[day for day, at in closed.items() if day != today and at is not None and act.now > at]]
    return [(day, closed[day]) for day in _days_not_frozen(act.session, days)]


def select_changed_lines(today: GasDay, *columns: Any) -> Select[Any]:
    """Select these columns of the lines of the last books, from today on, that differ from what is in force."""
    return (
        select(*columns)
        .select_from(DayBook)
        .join(DayBookLine, DayBookLine.book_id == DayBook.id)
        .outerjoin(
            NominationHead,
            and_(
                NominationHead.delivery_point_id == DayBookLine.delivery_point_id,
                NominationHead.gas_day == DayBook.gas_day,
            ),
        )
        .outerjoin(Nomination, Nomination.id == NominationHead.nomination_id)
        .where(
            DayBook.gas_day.between(today, today.plus(AHEAD)),
            _is_last(),
            func.coalesce(DayBookLine.nomination_id, 0) != func.coalesce(NominationHead.nomination_id, 0),
        )
    )


def select_unsent_books(today: GasDay, *columns: Any) -> Select[Any]:
    """Select these columns of the last books, from today on, that are not marked as sent."""
    return select(*columns).where(
        DayBook.gas_day.between(today, today.plus(AHEAD)),
        _is_last(),
        ~exists().where(DayBookSending.book_id == DayBook.id),
    )


def _closes(session: Session, gas_day: GasDay) -> dict[Modality, datetime]:
    windows = timetable.list_windows(session)
    found: dict[Modality, datetime] = {}
    for modality in Modality:
        try:
            found[modality] = find_window(windows, modality, RequestKind.NOMINATION, gas_day).closes_at(gas_day)
        except NoWindow:
            continue
    return found


def _to_authorise(act: Act, today: GasDay, closed: list[Modality]) -> BookItem:
    this_month = Month.of(today)
    same = and_(
        Authorisation.delivery_point_id == NominationHead.delivery_point_id,
        Authorisation.gas_day == NominationHead.gas_day,
    )
    accepted = (
        select(LateDecision.decided_at)
        .where(LateDecision.nomination_id == Nomination.id)
        .correlate(Nomination)
        .scalar_subquery()
    )
    answers = or_(
        Authorisation.revision == NominationHead.revision,
        and_(
            Authorisation.revision.is_(None),
            Authorisation.recorded_at >= func.coalesce(accepted, Nomination.received_at),
        ),
    )
    is_recorded = exists().where(
        AuthorisationDraft.delivery_point_id == NominationHead.delivery_point_id,
        AuthorisationDraft.gas_day == NominationHead.gas_day,
        AuthorisationDraft.revision == NominationHead.revision,
    )
    is_closed = exists().where(
        MonthClosing.delivery_point_id == NominationHead.delivery_point_id,
        MonthClosing.month >= this_month.previous.first.date,
    )
    tomorrow = and_(NominationHead.gas_day == today.plus(1), Contract.modality.in_(closed))
    row = act.session.execute(
        select(
            func.count().label("many"),
            func.min(Nomination.received_at).label("since"),
            func.min(case((Nomination.effective_at > act.now, Nomination.effective_at))).label("effective_at"),
            func.min(NominationHead.gas_day).label("gas_day"),
        )
        .select_from(DeliveryPoint)
        .join(NominationHead, NominationHead.delivery_point_id == DeliveryPoint.id)
        .join(Nomination, Nomination.id == NominationHead.nomination_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(
            NominationHead.gas_day.between(this_month.previous.first, today.plus(AHEAD)),
            or_(NominationHead.gas_day == today, tomorrow, exists().where(same)),
            ~exists().where(same, answers),
            ~is_recorded,
            or_(NominationHead.gas_day >= this_month.first, ~is_closed),
        )
    ).one()
    return BookItem(BookWork.TO_AUTHORISE, row.many, row.since, row.effective_at, row.gas_day)


def _is_last() -> Any:
    later = aliased(DayBook)
    return ~exists().where(later.gas_day == DayBook.gas_day, later.version > DayBook.version)


def _changed(act: Act, today: GasDay) -> BookItem:
    lines = select_changed_lines(
        today,
        func.count(DayBook.gas_day.distinct()),
        func.min(Nomination.received_at),
        func.min(case((Nomination.effective_at > act.now, Nomination.effective_at))),
        func.min(DayBook.gas_day),
    )
    return BookItem(BookWork.CHANGED, *act.session.execute(lines).one())


def _not_frozen(session: Session, days: list[GasDay], closed_at: datetime | None) -> BookItem:
    unfrozen_days = _days_not_frozen(session, days)
    since = closed_at if unfrozen_days == days[1:] else None
    first = unfrozen_days[0] if unfrozen_days else None
    return BookItem(BookWork.NOT_FROZEN, len(unfrozen_days), since, None, first)


def _days_not_frozen(session: Session, days: list[GasDay]) -> list[GasDay]:
    waits = [
        and_(
            exists(
                select(DeliveryPoint.id)
                .join(NominationHead, NominationHead.delivery_point_id == DeliveryPoint.id)
                .where(NominationHead.gas_day == day)
                .correlate(None)
            ),
            ~exists(select(DayBook.id).where(DayBook.gas_day == day).correlate(None)),
        )
        for day in days
    ]
    row = session.execute(select(*[case((each, 1), else_=0) for each in waits])).one()
    return [day for day, is_waiting in zip(days, row, strict=True) if is_waiting]


def _not_sent(session: Session, today: GasDay) -> BookItem:
    found = session.execute(
        select_unsent_books(
            today,
            func.count().label("many"),
            func.min(DayBook.frozen_at).label("since"),
            func.min(DayBook.gas_day).label("first"),
        )
    ).one()
    return BookItem(BookWork.NOT_SENT, found.many, found.since, None, found.first)
