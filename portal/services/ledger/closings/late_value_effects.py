"""Effects of another heating value of a closed day on every point of its exit point (adr/0099)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.balance import LateTreatment
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, HeatingValue
from portal.domain.readings import is_old
from portal.models import DailyBalance, DeliveryPoint, LateCorrection, LateHeatingEffect, LateHeatingValue
from portal.services import ledger
from portal.services.ledger.heating_values import History
from portal.services.store.acts import Act

from .checks import find_closed_months


@dataclass(frozen=True, slots=True)
class PointEffect:
    """Effect on ``days`` days of a point, the last of them ``last_day``; ``effect`` moves its account.

    ``is_open``: their month is open, and they are simply converted again. Otherwise the contract's treatment; none if
    nothing may be charged any more. ``kept_until`` is the last day that keeps the earlier value.
    """

    point: DeliveryPoint
    days: int
    last_day: GasDay
    effect: Gas
    is_open: bool
    treatment: LateTreatment | None
    kept_until: GasDay | None

    @property
    def is_uncharged(self) -> bool:
        """True if the account does not move: it would charge the customer after five months (cl. 51, 68)."""
        return not self.is_open and self.treatment is None


def compute_effects(act: Act, *, exit_point_id: int, gas_day: GasDay, value: HeatingValue) -> list[PointEffect]:
    """Return the effects of the value on each point, in id order; none if no day is converted.

    The value converts its day and the days after it that have none of their own. The figures are the ledger's own.
    """
    history = History(act.session, exit_point_id=exit_point_id, as_charged=True)
    points = act.session.scalars(
        select(DeliveryPoint).where(DeliveryPoint.exit_point_id == exit_point_id).order_by(DeliveryPoint.id)
    ).unique()
    found: list[PointEffect] = []
    for point in points:
        found += _of_point(act, point, history, gas_day, value)
    return found


def fingerprint_of(effects: Sequence[PointEffect]) -> str:
    """Return a SHA-256 of these effects, different for any others."""
    said = [
        (
            each.point.id,
            each.days,
            each.last_day.isoformat(),
            each.effect.m3.micro,
            each.effect.mbtu.micro,
            each.is_open,
            each.treatment and each.treatment.value,
        )
        for each in effects
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def list_converted_days(session: Session, point: DeliveryPoint, gas_day: GasDay, *, history: History) -> list[GasDay]:
    """Return the days of a point that have figures and that a value of ``gas_day`` converts."""
    until = history.next_day(gas_day.date, delivery_point_id=point.id)
    days = select(DailyBalance.gas_day).where(
        DailyBalance.delivery_point_id == point.id, DailyBalance.gas_day >= gas_day
    )
    if until is not None:
        days = days.where(DailyBalance.gas_day < GasDay(until))
    return list(session.scalars(days.order_by(DailyBalance.gas_day)))


def find_charged_value(session: Session, point: DeliveryPoint, gas_day: GasDay) -> HeatingValue:
    """Return the value by which the account counts the day: that of the closed figures, or of a later adjustment."""
    history = History(session, exit_point_id=point.exit_point_id, as_charged=True)
    return HeatingValue(history.at(gas_day.date, delivery_point_id=point.id)[0])


def was_adjusted(session: Session, point: DeliveryPoint, first: GasDay, last: GasDay) -> bool:
    """Tell whether an adjustment corrected one of these days: its consumption or its heating value."""
    if _adjusted_volumes(session, point, first, last):
        return True
    values = (
        select(LateHeatingEffect.delivery_point_id)
        .join(LateHeatingValue, LateHeatingValue.id == LateHeatingEffect.late_heating_value_id)
        .where(
            LateHeatingEffect.delivery_point_id == point.id,
            LateHeatingEffect.treatment == LateTreatment.ADJUSTMENT,
            LateHeatingValue.gas_day <= last,
            LateHeatingEffect.last_day >= first,
        )
    )
    return session.execute(values.limit(1)).first() is not None


def _of_point(
    act: Act, point: DeliveryPoint, history: History, gas_day: GasDay, value: HeatingValue
) -> list[PointEffect]:
    session = act.session
    days = list_converted_days(session, point, gas_day, history=history)
    if not days:
        return []
    closed = find_closed_months(session, delivery_point_ids=[point.id]).get(point.id)
    frozen = [day for day in days if closed is not None and day <= closed.last]
    whole = _effect(session, point, history, days, value)
    if is_old(gas_day, GasDay.of(act.now)) and whole.in_unit(point.unit).micro < 0:
        return [PointEffect(point, len(days), days[-1], whole, False, None, days[-1])]
    found: list[PointEffect] = []
    if frozen and closed is not None:
        # After one adjustment only adjustments may correct the day: a restatement would count the difference twice.
        adjusted = was_adjusted(session, point, frozen[0], frozen[-1])
        treatment = LateTreatment.ADJUSTMENT if adjusted else point.contract.late_treatment
        kept = closed.last if treatment is LateTreatment.ADJUSTMENT else None
        effect = _effect(session, point, history, frozen, value)
        found.append(PointEffect(point, len(frozen), frozen[-1], effect, False, treatment, kept))
    rest = days[len(frozen) :]
    if rest:
        found.append(
            PointEffect(point, len(rest), rest[-1], _effect(session, point, history, rest, value), True, None, None)
        )
    return found


def _effect(
    session: Session, point: DeliveryPoint, history: History, days: Sequence[GasDay], value: HeatingValue
) -> Gas:
    """Return by how much the account of a point moves if these days are converted with ``value``."""
    before = {day.date: history.at(day.date, delivery_point_id=point.id)[0] for day in days}
    volumes = _adjusted_volumes(session, point, days[0], days[-1])
    old = ledger.compute_movement(session, point, values=before, consumed=volumes)
    new = ledger.compute_movement(session, point, values=dict.fromkeys(before, value.milli), consumed=volumes)
    return Gas.from_micro(new[0] - old[0], new[1] - old[1])


def _adjusted_volumes(session: Session, point: DeliveryPoint, first: GasDay, last: GasDay) -> dict[date, int]:
    """Return the consumption of these days as adjustments corrected it, in millionths of m³, by date."""
    rows = session.execute(
        select(LateCorrection.gas_day, LateCorrection.volume_m3)
        .where(
            LateCorrection.delivery_point_id == point.id,
            LateCorrection.gas_day.between(first, last),
            LateCorrection.treatment == LateTreatment.ADJUSTMENT,
        )
        .order_by(LateCorrection.decided_at, LateCorrection.id)
    )
    return {day.date: volume.micro for day, volume in rows}
