"""Closed months stated again, after something in them was put right."""

from __future__ import annotations

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.models import DeliveryPoint, MonthClosing
from portal.services.store.acts import Act
from portal.services.trace import audit

from . import statement
from .checks import closed_months


def state_again(act: Act, *, point: DeliveryPoint, gas_day: GasDay, reason: str) -> dict[Month, MonthClosing]:
    """Give the month of ``gas_day`` and every closed one after it the next version of its statement.

    Their openings moved too. Inside the caller's transaction, which holds the account and has brought it up to date.
    """
    last = closed_months(act.session, delivery_point_ids=[point.id])[point.id]
    stated: dict[Month, MonthClosing] = {}
    for month in statement.stated_months(act.session, delivery_point_id=point.id, first=Month.of(gas_day), last=last):
        closing = statement.make(act, point=point, month=month, reason=reason[:500], closed_by_id=act.actor.user_id)
        stated[month] = closing
        audit.record(
            act,
            event=AuditEvent.MONTH_RESTATED,
            subject=closing.statement_number,
            company_id=point.contract.company_id,
            details={"delivery_point": point.public_id, "month": month.first.isoformat()[:7]},
        )
    return stated
