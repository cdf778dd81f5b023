"""Occurrences in the day books that an operator can choose to get by mail: new nominations, books that wait."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.authorisations import OperatorTopic
from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import Authorisation, DayBook, DayBookLine, DeliveryPoint, Nomination, NominationHead
from portal.services import day_book
from portal.services.store.acts import Act

# Older nominations are on the board; a mail about them would be of no use.
LOOKED_BACK = timedelta(days=1)
# Time allowed to freeze or send a book before it counts as forgotten.
FORGOTTEN = timedelta(minutes=15)
OF_NOMINATIONS = frozenset({OperatorTopic.RENOMINATIONS, OperatorTopic.CANCELLATIONS, OperatorTopic.LATE})


class Occurrence(NamedTuple):
    """An occurrence: ``key`` is unique within its topic, ``since`` is its moment.

    ``asked`` is the quantity asked now and ``before`` the previous one, in the point's unit; None for a whole book,
    and for a day without nomination in force. ``effective_at`` is None where the request takes effect with its gas day.
    """

    topic: OperatorTopic
    key: str
    gas_day: GasDay
    since: datetime
    point: str | None = None
    asked: Quantity | None = None
    before: Quantity | None = None
    effective_at: datetime | None = None
    version: int | None = None


def find_occurrences(act: Act, *, topics: Collection[OperatorTopic], since: datetime) -> Iterator[Occurrence]:
    """Yield the occurrences of these topics: nominations since that moment, and books as they stand; five queries."""
    now = act.now
    today = GasDay.of(now)
    if OF_NOMINATIONS & set(topics):
        yield from _nominations(act, today, max(since, now - LOOKED_BACK))
    if OperatorTopic.BOOK_CHANGED in topics:
        yield from _changed(act.session, today)
    if OperatorTopic.BOOK_NOT_FROZEN in topics:
        for day, closed_at in day_book.list_unfrozen_days(act):
            if closed_at is not None and now - closed_at >= FORGOTTEN:
                yield Occurrence(OperatorTopic.BOOK_NOT_FROZEN, day.isoformat(), day, closed_at)
    if OperatorTopic.BOOK_NOT_SENT in topics:
        books = day_book.select_unsent_books(today, DayBook.gas_day, DayBook.version, DayBook.frozen_at)
        for book in act.session.execute(books):
            if now - book.frozen_at >= FORGOTTEN:
                key = f"{book.gas_day.isoformat()}:{book.version}"
                yield Occurrence(OperatorTopic.BOOK_NOT_SENT, key, book.gas_day, book.frozen_at, version=book.version)


def _nominations(act: Act, today: GasDay, since: datetime) -> Iterator[Occurrence]:
    earlier = aliased(Nomination)
    was_answered = exists().where(
        Authorisation.delivery_point_id == Nomination.delivery_point_id,
        Authorisation.gas_day == Nomination.gas_day,
        Authorisation.recorded_at <= Nomination.received_at,
    )
    rows = act.session.execute(
        select(
            Nomination.id,
            Nomination.gas_day,
            Nomination.received_at,
            Nomination.effective_at,
            Nomination.cancels,
            Nomination.is_late,
            Nomination.unit,
            Nomination.quantity_m3,
            Nomination.quantity_mbtu,
            earlier.cancels.label("cancelled_before"),
            earlier.quantity_m3.label("before_m3"),
            earlier.quantity_mbtu.label("before_mbtu"),
            DeliveryPoint.name,
        )
        .join(DeliveryPoint, DeliveryPoint.id == Nomination.delivery_point_id)
        .outerjoin(
            earlier,
            and_(
                earlier.delivery_point_id == Nomination.delivery_point_id,
                earlier.gas_day == Nomination.gas_day,
                earlier.revision == Nomination.revision - 1,
            ),
        )
        .where(
            Nomination.received_at >= since,
            Nomination.received_at <= act.now,
            Nomination.gas_day >= today,
            Nomination.channel.not_in([Channel.POLICY, Channel.CARRIED_OVER]),
            or_(
                Nomination.cancels,
                Nomination.is_late,
                Nomination.kind == RequestKind.RENOMINATION,
                was_answered,
            ),
        )
        .order_by(Nomination.received_at, Nomination.id)
    )
    for row in rows:
        topic = OperatorTopic.RENOMINATIONS
        if row.cancels:
            topic = OperatorTopic.CANCELLATIONS
        elif row.is_late:
            topic = OperatorTopic.LATE
        yield Occurrence(
            topic,
            str(row.id),
            row.gas_day,
            row.received_at,
            row.name,
            None if row.cancels else _quantity(row.quantity_m3, row.quantity_mbtu, row.unit),
            None if row.cancelled_before else _quantity(row.before_m3, row.before_mbtu, row.unit),
            None if row.cancels else row.effective_at,
        )


def _changed(session: Session, today: GasDay) -> Iterator[Occurrence]:
    last = aliased(Nomination)
    cancelled_at = (
        select(last.received_at)
        .where(last.delivery_point_id == DayBookLine.delivery_point_id, last.gas_day == DayBook.gas_day, last.cancels)
        .order_by(last.revision.desc())
        .limit(1)
        .correlate(DayBookLine, DayBook)
        .scalar_subquery()
    )
    lines = day_book.select_changed_lines(
        today,
        DayBook.gas_day,
        DayBook.version,
        DayBook.frozen_at,
        DayBookLine.delivery_point_id,
        DayBookLine.nomination_id.label("frozen_id"),
        DayBookLine.unit,
        DayBookLine.quantity_m3.label("before_m3"),
        DayBookLine.quantity_mbtu.label("before_mbtu"),
        NominationHead.nomination_id,
        Nomination.received_at,
        Nomination.effective_at,
        Nomination.quantity_m3,
        Nomination.quantity_mbtu,
        DeliveryPoint.name,
        cancelled_at.label("cancelled_at"),
    ).join(DeliveryPoint, DeliveryPoint.id == DayBookLine.delivery_point_id)
    for row in session.execute(lines.order_by(DayBook.gas_day, DeliveryPoint.sort_name)):
        yield Occurrence(
            OperatorTopic.BOOK_CHANGED,
            f"{row.gas_day.isoformat()}:{row.version}:{row.delivery_point_id}:{row.nomination_id or 0}",
            row.gas_day,
            row.received_at or row.cancelled_at or row.frozen_at,
            row.name,
            _quantity(row.quantity_m3, row.quantity_mbtu, row.unit),
            None if row.frozen_id is None else _quantity(row.before_m3, row.before_mbtu, row.unit),
            row.effective_at,
            row.version,
        )


def _quantity(m3: Any, mbtu: Any, unit: Unit) -> Quantity | None:
    return None if m3 is None else Gas(m3=m3, mbtu=mbtu).in_unit(unit)
