"""The revisions of each day, as far as this session may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.models import DeliveryPoint, Nomination
from portal.services import grants
from portal.services.actors import Actor


@dataclass(frozen=True, slots=True)
class DayHistory:
    """Every revision of a point and gas day, the newest first."""

    gas_day: GasDay
    point: DeliveryPoint
    revisions: list[Nomination]


@dataclass(frozen=True, slots=True)
class MonthHistory:
    """The days of a month with revisions, the newest first; the points whose days are not shown without their key."""

    month: Month
    days: list[DayHistory]
    closed_points: list[DeliveryPoint]


def month_history(session: Session, *, actor: Actor, modality: Modality, month: Month, now: datetime) -> MonthHistory:
    """Return the revisions of a month under the contracts this session holds open.

    Shown are all revisions of the points opened with their numeric key, and those this person signed.
    """
    contracts = grants.opened_contracts(session, actor=actor, modality=modality, now=now)
    points = {point.id: point for point in grants.points_of(session, contracts=contracts)}
    opened = grants.opened_point_ids(session, actor=actor, now=now) & points.keys()
    rows = session.scalars(
        select(Nomination)
        .where(
            or_(
                Nomination.delivery_point_id.in_(opened),
                and_(Nomination.delivery_point_id.in_(points), Nomination.signed_by_id == actor.user_id),
            ),
            Nomination.gas_day.between(month.first, month.last),
        )
        .order_by(Nomination.gas_day.desc(), Nomination.delivery_point_id, Nomination.revision.desc())
    ).unique()
    days: dict[tuple[GasDay, int], DayHistory] = {}
    for row in rows:
        key = (row.gas_day, row.delivery_point_id)
        days.setdefault(key, DayHistory(row.gas_day, points[row.delivery_point_id], [])).revisions.append(row)
    return MonthHistory(month, list(days.values()), [point for point in points.values() if point.id not in opened])
