"""Closed months of the demonstration: a year of statements, and a late correction of each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.models import DailyBalance, DeliveryPoint, LateCorrection, User
from portal.services.ledger.closings import late_corrections, statement
from portal.services.points.service_days import list_valid_days
from portal.services.store.acts import Act, Actor

from .cast import ACCOUNTS
from .registry import SEED, LoadedPoint

# The month before the current one is still open; the first statement includes all months before it.
OPEN_MONTHS, STATED_MONTHS = 2, 13
# Companies whose account was never closed.
NEVER_CLOSED = frozenset({"Pasteurizadora Vereda Linda"})
CLOSING_DAY, CLOSING_TIME = 20, dt.time(10, 15)


@dataclass(frozen=True, slots=True)
class Late:
    """A consumption found wrong after the closing: the month counted back from the last closed one, its day, by how
    many per cent it was wrong, the day of the month after the last closed one on which it was asked for.
    """

    point: str
    months_before: int
    day: int
    percent: int
    asked_on: int
    approved: bool
    reason: str


LATE = (
    Late("EDS Alcaraván Terminal", 1, 12, -4, 23, True, "El factor de presión del medidor estaba mal configurado"),
    Late("Molino La Cachamera", 0, 8, 3, 24, True, "Se leyó en sitio el totalizador: la telemetría perdió tres horas"),
    Late("EDS La Garza", 0, 17, -6, 26, False, "El cliente entregó el acta de calibración del medidor"),
)


def write(act: Act, points: Sequence[LoadedPoint]) -> dict[str, int]:
    """Close the whole months, point by point, then correct some; inside the caller's transaction.

    Returns the number of rows of each table. The accounts must exist.
    """
    session = act.session
    operator, supervisor = (_actor(session, role) for role in (Role.OPERATOR, Role.SUPERVISOR))
    last = Month.of(GasDay.of(act.now))
    for _ in range(OPEN_MONTHS):
        last = last.previous
    rows = [session.get_one(DeliveryPoint, loaded.row.id) for loaded in points]
    whole = {point.name: _whole_months(session, point, last) for point in rows if point.name not in NEVER_CLOSED}
    closings = 0
    # Month by month, so that statement numbers follow time.
    for month in _months(last):
        for point in rows:
            if month in whole.get(point.name, ()):
                closed_at = month.next.first.at(CLOSING_DAY - 1, CLOSING_TIME)
                statement.make(
                    act.moved(closed_at), point=point, month=month, reason=None, closed_by_id=operator.user_id
                )
                closings += 1
    by_name = {point.name: point for point in rows}
    late = [each for each in LATE if len(whole.get(each.point, ())) > each.months_before]
    for each in late:
        _correct(session, each, by_name[each.point], last, operator, supervisor)
    return {"month_closings": closings, "late_corrections": len(late)}


def _months(last: Month) -> list[Month]:
    found = [last]
    while len(found) < STATED_MONTHS:
        found.append(found[-1].previous)
    return found[::-1]


def _whole_months(session: Session, point: DeliveryPoint, last: Month) -> list[Month]:
    """Return the months without a missing reading up to the last closed one, without a gap between them."""
    found: list[Month] = []
    for month in reversed(_months(last)):
        valid = list_valid_days(point, month)
        if not valid or set(valid) - statement.list_measured_days(session, delivery_point_id=point.id, month=month):
            break
        found.append(month)
    return found


def _correct(
    session: Session, late: Late, point: DeliveryPoint, last: Month, operator: Actor, supervisor: Actor
) -> None:
    month = last
    for _ in range(late.months_before):
        month = month.previous
    gas_day = GasDay(dt.date(month.year, month.number, late.day))
    before = session.get_one(DailyBalance, (point.id, gas_day)).consumed_m3
    if before is None:
        raise LookupError(f"{point.name} has no reading on {gas_day}")
    right = Quantity.of(before.micro * (100 + late.percent) // 100_000_000, Unit.M3)
    asked_at = last.next.first.at(late.asked_on - 1, dt.time(15, 30))
    correction = LateCorrection(
        public_id=sha256(f"{SEED}:late:{late.point}".encode()).hexdigest()[:12],
        delivery_point_id=point.id,
        gas_day=gas_day,
        volume_m3=right,
        replaced_m3=before,
        reason=late.reason,
        requested_at=asked_at,
        requested_by_id=operator.user_id,
    )
    session.add(correction)
    if late.approved:
        decided_at = asked_at + dt.timedelta(days=1)
        correction.decided_at, correction.decided_by_id, correction.approved = decided_at, supervisor.user_id, True
        session.flush()
        late_corrections.settle(Act.at(session, supervisor, decided_at), point=point, correction=correction)
    session.flush()


def _actor(session: Session, role: Role) -> Actor:
    email = next(account.email for account in ACCOUNTS if account.role is role)
    found = session.scalars(select(User).where(User.email == email)).one()
    return Actor(found.id, found.email, found.name, found.role, None, "", "cli")
