"""A month closed: its figures frozen under a number."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import month_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.roles import Function, may
from portal.models import DeliveryPoint, MonthClosing
from portal.services import ledger
from portal.services.mail import outbox
from portal.services.points.service_days import days_after_end, missing_days, served_days, valid_days
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import statement
from .checks import closed_months


def close_month(act: Act, *, delivery_point_id: int, month: Month) -> MonthClosing:
    """Freeze every day of a point up to the last of ``month`` under a numbered statement. Commits.

    Refuses (``Rejected``): ``MONTH_NOT_OVER``; ``MONTH_NOT_SERVED`` when no gas was delivered in it; ``MONTH_CLOSED``;
    ``MONTH_OUT_OF_ORDER`` when the month before is still open, but for a point's first closing, which takes all
    before it along; ``READINGS_MISSING`` with the days that have no consumption: estimate them first. Provisional and
    estimated days may be closed; the statement counts them. ``NotAllowed`` for a person who corrects no closed months.
    """
    session, actor = act.session, act.actor
    if actor.user_id is not None and not may(actor.role, Function.CORRECT_CLOSED_MONTHS):
        raise NotAllowed
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
    closed = closed_months(session, delivery_point_ids=[point.id]).get(point.id)
    if closed is not None and month <= closed:
        raise Rejected(Refusal.MONTH_CLOSED, "month", month=closed)
    turn = first_open(session, point, closed=closed, month=month)
    if turn is not None:
        raise Rejected(Refusal.MONTH_OUT_OF_ORDER, "month", month=turn)
    measured = statement.measured_days(session, delivery_point_id=point.id, month=month)
    missing = missing_days(point, month, measured=measured)
    if missing:
        raise Rejected(Refusal.READINGS_MISSING, "month", month=month, days=missing)


def _counts(session: Session, point: DeliveryPoint, month: Month) -> bool:
    """Tell whether the month has a day that counts; asks the database only where the point had ended."""
    if valid_days(point, month):
        return True
    after_end = days_after_end(session, month=month, point_ids=[point.id]).get(point.id, {})
    return bool(served_days(point, month, after_end=after_end))


def first_open(session: Session, point: DeliveryPoint, *, closed: Month | None, month: Month) -> Month | None:
    """Return the month that has to be closed before ``month``; None when it is its turn, or the first closing.

    Between the end of a point and what came later nothing may lie: such months are never closed.
    """
    turn = month if closed is None else closed.next
    while turn < month:
        if _counts(session, point, turn):
            return turn
        turn = turn.next
    return None
