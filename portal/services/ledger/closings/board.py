"""Closing of a month: which points are ready, which are not and why; the ready ones are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import month_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Company, Contract, DailyBalance, DeliveryPoint, MonthClosing, MonthlyBalance
from portal.services import ledger
from portal.services.mail import outbox
from portal.services.points.service_days import (
    find_days_after_end,
    list_missing_days,
    list_served_days,
    list_valid_days,
)
from portal.services.store.acts import Act
from portal.services.store.keyset import TICKED_PAGE, Page, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import one_moment, transaction
from portal.services.trace import audit

from . import board_rows, statement
from .board_rows import Counts, Special, State
from .checks import find_closed_months

# Each closing is a transaction of its own, and a person waits for the answer.
MOST_AT_ONCE = 400
# Days after its end with figures, and whether each was measured, by row id of the point.
Beyond = Mapping[int, Mapping[GasDay, bool]]


class PointMonth(NamedTuple):
    """A point served in a month: what is missing before it can be closed, and the statement that closed it.

    ``is_closed`` without a statement: a later month's closing included it. ``first_open`` is the month to close before
    this one; ``provisional`` and ``estimated`` count its days that are not certified.
    """

    point: DeliveryPoint
    company: str
    missing: int
    statement_number: str | None
    is_closed: bool
    first_open: Month | None
    provisional: int = 0
    estimated: int = 0

    @property
    def is_ready(self) -> bool:
        """True if the month may be closed once it is over."""
        return self.state is State.READY

    @property
    def state(self) -> State:
        """State of the point before its month is closed."""
        if self.is_closed:
            return State.CLOSED
        if self.missing:
            return State.MISSING
        return State.READY if self.first_open is None else State.BEHIND


class Board(NamedTuple):
    """Page of the points served in a month, with counts by state of all of them and of those that fit the search."""

    page: Page[PointMonth]
    every: Counts
    fit: Counts

    @property
    def ready_gas(self) -> Quantity:
        """Consumption in the month of the ready points that fit, in m³."""
        return Quantity.from_micro(self.fit.ready_micro, Unit.M3)


class Ready(NamedTuple):
    """The ready points of a month that fit a search, by name, and what they consumed, in millionths of m³."""

    points: Sequence[str]
    micro: int


def load_board(
    session: Session, *, month: Month, text: str = "", state: State | None = None, after: int | None = None
) -> Board:
    """Return a page of 40 points served in the month, by name, after the point with the row id ``after``.

    ``text`` is searched in their names, codes, contracts, companies, gates and statement numbers. Three queries however
    many points there are, one more for a text, and six for the rows of the page.
    """
    beyond = find_days_after_end(session, month=month)
    special = _judge(session, month=month, beyond=beyond)
    every = board_rows.count_points(session, month=month, text="", special=special)
    fit = every
    if text.strip():
        fit = board_rows.count_points(session, month=month, text=text, special=special)
    rows = board_rows.list_page(
        session, month=month, text=text, state=state, special=special, after=after, most=TICKED_PAGE + 1
    )
    found = _load(session, month=month, ids=[row.id for row in rows], beyond=beyond)
    return Board(take_page(found, length=TICKED_PAGE, place=lambda row: (row.point.id,)), every, fit)


def find_ready(session: Session, *, month: Month, text: str = "") -> Ready:
    """Return all ready points that fit a search, not only those of a page."""
    with one_moment(session):
        special = _judge(session, month=month, beyond=find_days_after_end(session, month=month))
        fit = board_rows.count_points(session, month=month, text=text, special=special)
        rows = board_rows.list_page(session, month=month, text=text, state=State.READY, special=special)
        return Ready([row.public_id for row in rows], fit.ready_micro)


def _judge(session: Session, *, month: Month, beyond: Beyond) -> Special:
    """Return the states of the points with figures after their end, one by one: they are few."""
    found = _load(session, month=month, ids=list(beyond), beyond=beyond) if beyond else []
    return {each.point.id: each.state for each in found}


def _load(session: Session, *, month: Month, ids: Sequence[int], beyond: Beyond) -> list[PointMonth]:
    """Return these points by name, by five queries."""
    rows = session.execute(
        select(DeliveryPoint, Company.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .where(DeliveryPoint.id.in_(ids))
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    ).unique()
    closed = find_closed_months(session, delivery_point_ids=ids)
    measured = {
        row.delivery_point_id: row.measured_days
        for row in session.execute(
            select(MonthlyBalance.delivery_point_id, MonthlyBalance.measured_days).where(
                MonthlyBalance.month == month.first.date, MonthlyBalance.delivery_point_id.in_(ids)
            )
        )
    }
    statements = {
        row.delivery_point_id: row.statement_number
        for row in session.execute(
            select(MonthClosing.delivery_point_id, MonthClosing.statement_number)
            .where(MonthClosing.month == month.first.date, MonthClosing.delivery_point_id.in_(ids))
            .order_by(MonthClosing.version)
        )
    }
    doubtful = {
        (row.delivery_point_id, row.reading_state): row.days
        for row in session.execute(
            select(DailyBalance.delivery_point_id, DailyBalance.reading_state, func.count().label("days"))
            .where(
                DailyBalance.delivery_point_id.in_(ids),
                DailyBalance.gas_day.between(month.first, month.last),
                DailyBalance.reading_state.in_((ReadingState.PROVISIONAL, ReadingState.ESTIMATED)),
            )
            .group_by(DailyBalance.delivery_point_id, DailyBalance.reading_state)
        )
    }
    found: list[PointMonth] = []
    for point, name in rows:
        last = closed.get(point.id)
        # Readings after the end must not hide a gap before it.
        within = measured.get(point.id, 0) - sum(beyond.get(point.id, {}).values())
        missing = max(0, len(list_valid_days(point, month)) - within)
        found.append(
            PointMonth(
                point,
                name,
                missing,
                statements.get(point.id),
                last is not None and month <= last,
                find_first_open(session, point, closed=last, month=month),
                doubtful.get((point.id, ReadingState.PROVISIONAL), 0),
                doubtful.get((point.id, ReadingState.ESTIMATED), 0),
            )
        )
    return found


class Closed(NamedTuple):
    """Number of closed months; the refusal of the next one and the name of its point, if one was refused."""

    months: int
    refused: Rejected | None = None
    point: str = ""


def close_points(act: Act, *, points: Sequence[str], month: Month) -> Closed:
    """Close the month of the points with these public ids, 400 at most, in their order. Commits each.

    Stops at the first that ``close_month`` refuses: those before it stay closed. ``NotFound``, before any is closed.
    """
    wanted = list(dict.fromkeys(points))[:MOST_AT_ONCE]
    rows = act.session.execute(
        select(DeliveryPoint.public_id, DeliveryPoint.id, DeliveryPoint.name).where(DeliveryPoint.public_id.in_(wanted))
    )
    known = {row.public_id: row for row in rows}
    if len(known) != len(wanted):
        raise NotFound
    for count, public_id in enumerate(wanted):
        row_id, name = known[public_id].id, known[public_id].name
        try:
            close_month(act, delivery_point_id=row_id, month=month)
        except Rejected as refused:
            return Closed(count, refused, name)
    return Closed(len(wanted))


def close_month(act: Act, *, delivery_point_id: int, month: Month) -> MonthClosing:
    """Freeze every day of a point up to the last of ``month`` under a numbered statement. Commits.

    Refuses (``Rejected``): ``MONTH_NOT_OVER``; ``MONTH_NOT_SERVED`` if no gas was delivered in it; ``MONTH_CLOSED``;
    ``MONTH_OUT_OF_ORDER`` if the month before is still open, except for a point's first closing, which includes all
    earlier months; ``READINGS_MISSING`` with the days without a consumption: estimate them first. Provisional and
    estimated days may be closed; the statement counts them. ``NotAllowed`` for a person who corrects no closed months.
    """
    session, actor = act.session, act.actor
    if actor.user_id is not None:
        require(act, Function.CORRECT_CLOSED_MONTHS)
    with transaction(session):
        ledger.lock(session, delivery_point_id)
        point = session.get_one(DeliveryPoint, delivery_point_id)
        _refuse(act, point, month)
        closing = statement.make(act, point=point, month=month, reason=None, closed_by_id=actor.user_id)
        company = point.contract.company
        audit.record(
            act,
            event=AuditEvent.MONTH_CLOSED,
            subject=closing.statement_number,
            company_id=company.id,
            details={"delivery_point": point.public_id, "month": month.first.isoformat()[:7]},
        )
        if company.contact_email:
            outbox.post(
                act,
                kind="month-closed",
                recipient=company.contact_email,
                subject=f"Se cerró {month_words(month)} de {point.name}",
                body=f"Señores {company.name}:\n\n"
                f"{act.distributor.name} cerró {month_words(month)} de {point.name} con el estado de "
                f"cuenta "
                f"{closing.statement_number}. Sus cifras quedan en firme; lo que se corrija después se verá en la "
                "hoja de balance del portal como ajuste o como una nueva versión del estado de cuenta.\n",
            )
        return closing


def _refuse(act: Act, point: DeliveryPoint, month: Month) -> None:
    session = act.session
    if month >= Month.of(GasDay.of(act.now)):
        raise Rejected(Refusal.MONTH_NOT_OVER, "month", month=month)
    if not _counts(session, point, month):
        raise Rejected(Refusal.MONTH_NOT_SERVED, "month", month=month)
    closed = find_closed_months(session, delivery_point_ids=[point.id]).get(point.id)
    if closed is not None and month <= closed:
        raise Rejected(Refusal.MONTH_CLOSED, "month", month=closed)
    turn = find_first_open(session, point, closed=closed, month=month)
    if turn is not None:
        raise Rejected(Refusal.MONTH_OUT_OF_ORDER, "month", month=turn)
    measured = statement.list_measured_days(session, delivery_point_id=point.id, month=month)
    missing = list_missing_days(point, month, measured=measured)
    if missing:
        raise Rejected(Refusal.READINGS_MISSING, "month", month=month, days=missing)


def _counts(session: Session, point: DeliveryPoint, month: Month) -> bool:
    """Tell whether the month has a day that counts; queries the database only if the point had ended."""
    if list_valid_days(point, month):
        return True
    after_end = find_days_after_end(session, month=month, point_ids=[point.id]).get(point.id, {})
    return bool(list_served_days(point, month, after_end=after_end))


def find_first_open(session: Session, point: DeliveryPoint, *, closed: Month | None, month: Month) -> Month | None:
    """Return the month to close before ``month``; None if it is next, or the first closing.

    Months without any day between the end of a point and later figures are never closed.
    """
    turn = month if closed is None else closed.next
    while turn < month:
        if _counts(session, point, turn):
            return turn
        turn = turn.next
    return None
