"""Rule of each point for days without a nomination at the close: dated rows, the latest valid one holds."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.nominations import ClosePolicy
from portal.models import DeliveryPoint, PointPolicy
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import hot, settings

DEFAULT = ClosePolicy.FORECAST


def find_policies(session: Session, *, points: Iterable[DeliveryPoint], gas_day: GasDay) -> dict[int, ClosePolicy]:
    """Return the rule of each point for ``gas_day``, by row id; two queries for any number of points.

    The point's own row decides, then the setting for its contract, its modality or everybody, then the forecast.
    """
    # Later rows come last and replace earlier ones.
    rows = hot.POLICIES.named(session, hot.PolicyRow, day=gas_day.date)
    known = {row.delivery_point_id: ClosePolicy(row.policy) for row in rows}
    wider = settings.read(session)
    return {point.id: known.get(point.id) or wider.close_policy(point, gas_day) or DEFAULT for point in points}


def set_policy(act: Act, *, point: DeliveryPoint, policy: ClosePolicy, valid_from: GasDay) -> PointPolicy:
    """Set the rule of a point from a gas day on; earlier days keep theirs. Commits."""
    session = act.session
    point_id, public_id, company_id = point.id, point.public_id, point.contract.company_id
    with transaction(session):
        row = PointPolicy(
            delivery_point_id=point_id,
            policy=policy,
            valid_from=valid_from,
            recorded_at=act.now,
            recorded_by_id=act.actor.user_id,
        )
        session.add(row)
        session.flush()
        audit.record(
            act,
            event=AuditEvent.CLOSE_POLICY_SET,
            subject=public_id,
            company_id=company_id,
            details={"policy": policy.value, "from": valid_from.isoformat()},
        )
        return row
