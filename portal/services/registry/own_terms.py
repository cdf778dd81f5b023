"""Terms set for a point alone, its rule at the close and settings, that go on with it (adr/0102)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.nominations import ClosePolicy
from portal.domain.settings import SettingName
from portal.models import DeliveryPoint, PointPolicy, SettingRow
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.trace import audit

from .rows import Author


class OwnTerms(NamedTuple):
    """Rules at the close and settings of a point from a gas day on, each with its first day, in that order."""

    policies: tuple[tuple[GasDay, ClosePolicy], ...]
    settings: tuple[tuple[GasDay, SettingName, str], ...]


def load_own_terms(session: Session, *, point_id: int, day: GasDay) -> OwnTerms:
    """Return the terms of a point on ``day``, and those set for later days; two queries."""
    policies: dict[GasDay, ClosePolicy] = {}
    for dated in session.execute(
        select(PointPolicy.valid_from, PointPolicy.policy)
        .where(PointPolicy.delivery_point_id == point_id)
        .order_by(PointPolicy.valid_from, PointPolicy.id)
    ):
        policies[max(dated.valid_from, day)] = dated.policy
    values: dict[tuple[GasDay, SettingName], str] = {}
    for setting in session.execute(
        select(SettingRow.valid_from, SettingRow.name, SettingRow.value)
        .where(SettingRow.delivery_point_id == point_id)
        .order_by(SettingRow.valid_from, SettingRow.id)
    ):
        values[max(setting.valid_from, day), setting.name] = setting.value
    return OwnTerms(tuple(policies.items()), tuple([(first, name, value) for (first, name), value in values.items()]))


def hand_on(session: Session, *, terms: OwnTerms, point: DeliveryPoint, author: Author) -> None:
    """Copy the terms to the new row, and write them to the audit, inside the caller's transaction."""
    actor, now, reason = author.actor, author.now, author.reason or ""
    company_id = point.contract.company_id
    for first, policy in terms.policies:
        session.add(
            PointPolicy(
                delivery_point_id=point.id,
                policy=policy,
                valid_from=first,
                recorded_at=now,
                recorded_by_id=actor.user_id,
            )
        )
        audit.record(
            Act.at(session, actor, now),
            event=AuditEvent.CLOSE_POLICY_SET,
            subject=point.public_id,
            company_id=company_id,
            details={"policy": policy.value, "from": first.isoformat()},
        )
    for first, name, value in terms.settings:
        session.add(
            SettingRow(
                name=name,
                delivery_point_id=point.id,
                value=value,
                valid_from=first,
                reason=reason,
                recorded_at=now,
                recorded_by_id=actor.user_id,
            )
        )
        audit.record(
            Act.at(session, actor, now),
            event=AuditEvent.SETTING_CHANGED,
            subject=name.value,
            details={
                "where": point.carrier_code,
                "from": first.isoformat(),
                "new_value": value,
                "reason": reason,
            },
        )
    session.flush()
    settings.forget(session)
