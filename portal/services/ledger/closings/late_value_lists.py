"""Lists of corrections of heating values of closed days, for staff and for customers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.balance import LateTreatment
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.models import DeliveryPoint, ExitPoint, LateHeatingEffect, LateHeatingValue, User
from portal.services.store.acts import Act

from .late_value_effects import PointEffect, compute_effects, fingerprint_of

_Requester, _Decider = aliased(User), aliased(User)


class ValueView(NamedTuple):
    """A correction with its effect on every point: as of now while it waits, as recorded once approved.

    ``shown`` is the fingerprint of the effects of one that waits.
    """

    public_id: str
    gate: str
    gas_day: GasDay
    replaced: HeatingValue | None
    value: HeatingValue
    reason: str
    requested_at: datetime
    requested_by: str
    requested_by_id: int
    decided_at: datetime | None
    decided_by: str | None
    approved: bool | None
    effects: list[PointEffect]
    shown: str


class PointValueView(NamedTuple):
    """A correction for one point's account; ``effect`` in the unit of the account, None if nothing moved."""

    gas_day: GasDay
    replaced: HeatingValue | None
    value: HeatingValue
    reason: str
    requested_at: datetime
    decided_at: datetime | None
    approved: bool | None
    treatment: LateTreatment | None
    effect: Quantity | None


def list_requested_values(act: Act, *, most_decided: int = 20) -> list[ValueView]:
    """Return the waiting corrections, oldest first, then the last decided ones."""
    asked = (
        select(LateHeatingValue, ExitPoint, _Requester.name, _Decider.name)
        .join(ExitPoint, ExitPoint.id == LateHeatingValue.exit_point_id)
        .join(_Requester, _Requester.id == LateHeatingValue.requested_by_id)
        .outerjoin(_Decider, _Decider.id == LateHeatingValue.decided_by_id)
    )
    waiting = asked.where(LateHeatingValue.decided_at.is_(None)).order_by(LateHeatingValue.id)
    decided = asked.where(LateHeatingValue.decided_at.is_not(None)).order_by(LateHeatingValue.decided_at.desc())
    rows = [row for question in (waiting, decided.limit(most_decided)) for row in act.session.execute(question)]
    done = _done(act.session, [found.id for found, *_ in rows if found.decided_at is not None])
    views: list[ValueView] = []
    for found, gate, requester, decider in rows:
        effects = (
            compute_effects(act, exit_point_id=gate.id, gas_day=found.gas_day, value=found.heating_value)
            if found.decided_at is None
            else done.get(found.id, [])
        )
        views.append(
            ValueView(
                found.public_id,
                f"{gate.code} {gate.name}",
                found.gas_day,
                found.replaced,
                found.heating_value,
                found.reason,
                found.requested_at,
                requester,
                found.requested_by_id,
                found.decided_at,
                decider,
                found.approved,
                effects,
                fingerprint_of(effects),
            )
        )
    return views


def list_values(
    session: Session, *, delivery_point_id: int, exit_point_id: int, gas_day: GasDay
) -> list[PointValueView]:
    """Return the corrections of the heating value that converts a day of a point, newest first; one query."""
    effect = LateHeatingEffect
    rows = session.execute(
        select(LateHeatingValue, effect.treatment, effect.effect_m3, effect.effect_mbtu, DeliveryPoint.unit)
        .select_from(LateHeatingValue)
        .join(DeliveryPoint, DeliveryPoint.id == delivery_point_id)
        .outerjoin(
            effect,
            and_(effect.late_heating_value_id == LateHeatingValue.id, effect.delivery_point_id == delivery_point_id),
        )
        .where(
            LateHeatingValue.exit_point_id == exit_point_id,
            LateHeatingValue.gas_day <= gas_day,
            or_(
                effect.last_day >= gas_day,
                and_(LateHeatingValue.gas_day == gas_day, LateHeatingValue.approved.is_not(True)),
            ),
        )
        .order_by(LateHeatingValue.id.desc())
    )
    views: list[PointValueView] = []
    for found, treatment, in_m3, in_mbtu, unit in rows:
        moved: Quantity | None = in_m3 if unit is Unit.M3 else in_mbtu
        views.append(
            PointValueView(
                found.gas_day,
                found.replaced,
                found.heating_value,
                found.reason,
                found.requested_at,
                found.decided_at,
                found.approved,
                treatment,
                moved if moved and moved.micro else None,
            )
        )
    return views


def _done(session: Session, ids: list[int]) -> dict[int, list[PointEffect]]:
    found: dict[int, list[PointEffect]] = {}
    rows = session.execute(
        select(LateHeatingEffect, DeliveryPoint)
        .join(DeliveryPoint, DeliveryPoint.id == LateHeatingEffect.delivery_point_id)
        .where(LateHeatingEffect.late_heating_value_id.in_(ids))
        .order_by(LateHeatingEffect.delivery_point_id)
    )
    for done, point in rows.unique():
        effect = PointEffect(
            point,
            done.days,
            done.last_day,
            Gas(done.effect_m3, done.effect_mbtu),
            False,
            done.treatment,
            done.kept_until,
        )
        found.setdefault(done.late_heating_value_id, []).append(effect)
    return found
