"""Readings of a point as pages show them: a month day by day, and the versions of one day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Reading, ReadingImport, User
from portal.services.ledger import closings
from portal.services.points import service_days
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound


class PointDay(NamedTuple):
    """A day of a month: its reading in force (None without one), and whether one may still be written."""

    gas_day: GasDay
    volume: Quantity | None
    state: ReadingState | None
    versions: int
    is_served: bool
    is_closed: bool


class Version(NamedTuple):
    """One version of a reading, with its source: a file, or a person."""

    version: int
    volume: Quantity
    state: ReadingState
    reason: str | None
    recorded_at: datetime
    recorded_by: str | None
    file_name: str | None


class DayVersions(NamedTuple):
    """A day of a point with its versions, newest first; ``closed`` is the last closed month."""

    point: DeliveryPoint
    versions: Sequence[Version]
    closed: Month | None

    def is_closed(self, day: GasDay) -> bool:
        """True when the day lies in a closed month."""
        return self.closed is not None and day <= self.closed.last


def load_month_of_point(act: Act, *, point: str, month: Month) -> tuple[DeliveryPoint, list[PointDay]]:
    """Return a point and each day of a month up to today, by three queries; ``NotFound`` for an unknown point."""
    session = act.session
    found = _point(session, point)
    closed = closings.find_last_closed_month(session, delivery_point_id=found.id)
    last = min(month.last, GasDay.of(act.now))
    rows = session.execute(
        select(Reading.gas_day, Reading.version, Reading.volume_m3, Reading.state)
        .where(
            Reading.delivery_point_id == found.id,
            Reading.gas_day.between(month.first, last),
            ~service_days.is_handed_on(Reading),
        )
        .order_by(Reading.version)
    )
    known = {row.gas_day: row for row in rows}
    days: list[PointDay] = []
    for day in month.days():
        if day > last:
            break
        row = known.get(day)
        days.append(
            PointDay(
                day,
                None if row is None else row.volume_m3,
                None if row is None else row.state,
                0 if row is None else row.version,
                found.starts_on <= day and (found.ends_on is None or day < found.ends_on),
                closed is not None and day <= closed.last,
            )
        )
    return found, days


def load_day_of_point(session: Session, *, point: str, gas_day: GasDay) -> DayVersions:
    """Return a day of a point with its versions; ``NotFound`` for an unknown point."""
    found = _point(session, point)
    rows = session.execute(
        select(Reading, User.name, ReadingImport.file_name)
        .outerjoin(User, User.id == Reading.recorded_by_id)
        .outerjoin(ReadingImport, ReadingImport.id == Reading.import_id)
        .where(Reading.delivery_point_id == found.id, Reading.gas_day == gas_day)
        .order_by(Reading.version.desc())
    )
    versions = [
        Version(each.version, each.volume_m3, each.state, each.reason, each.recorded_at, name, file_name)
        for each, name, file_name in rows
    ]
    return DayVersions(found, versions, closings.find_last_closed_month(session, delivery_point_id=found.id))


def _point(session: Session, public_id: str) -> DeliveryPoint:
    found = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if found is None:
        raise NotFound
    return found
