"""A setting changed from a gas day on: its effect seen first, then a row of its own; what was before stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.close_policies import ClosePolicy
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import FACTORS
from portal.domain.roles import Function, may
from portal.domain.settings import (
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_TOLERANCE,
    SCOPES,
    Place,
    SettingName,
    SettingScope,
)
from portal.models import Contract, DeliveryPoint, PointPolicy, SettingRow
from portal.services.points import point_codes
from portal.services.points.close_policies import DEFAULT, policies_of
from portal.services.store.acts import Act
from portal.services.store.reasons import checked_reason
from portal.services.store.refusals import NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import queries
from .effects import Reach, reach_of

LONGEST_REASON = 300
FACTOR_NAMES = (SettingName.SUSPICIOUS_FACTOR, SettingName.UNIT_FACTOR_LOW, SettingName.UNIT_FACTOR_HIGH)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to hold from a gas day on: ``place`` is a contract's number or a point's carrier code, as typed.

    ``value`` as typed: percent of a tolerance, a whole factor, or the word of a rule at the close.
    """

    name: SettingName
    scope: SettingScope
    modality: Modality | None
    place: str
    value: str
    valid_from: GasDay
    reason: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do: where, the value as it is kept before and after, and what it reaches."""

    place: Place
    where: str
    old: str
    new: str
    reach: Reach


def preview(act: Act, *, asked: Asked) -> Effect:
    """Return what a change would do; nothing is written.

    Refuses (``Rejected``) no reason, a value that cannot be, a contract or point that is not there, a day that is not
    to come (of a tolerance: that begins no month), factors that cross, and what holds already.
    """
    session = act.session
    if not may(act.actor.role, Function.ADMINISTER):
        raise NotAllowed
    checked_reason(asked.reason, most=LONGEST_REASON)
    if asked.scope not in SCOPES[asked.name]:
        raise Rejected(Refusal.SETTING_PLACE, "place")
    new = stored(asked.name, asked.value)
    if asked.valid_from <= GasDay.of(act.now):
        raise Rejected(Refusal.SETTING_IN_THE_PAST, "valid_from")
    if asked.name is SettingName.TOLERANCE and asked.valid_from.date.day != 1:
        # A month is judged by one tolerance.
        raise Rejected(Refusal.SETTING_NOT_A_MONTH, "valid_from")
    place, where, contract, point = _place(session, asked)
    known = queries.read(session)
    old = _present(session, known, asked, place, contract, point)
    if old == new:
        raise Rejected(Refusal.SETTING_UNCHANGED, "value")
    _keep_apart(known, asked, place, new)
    return Effect(place, where, old, new, reach_of(act, name=asked.name, place=place, old=old, new=new))


def change(act: Act, *, asked: Asked) -> Effect:
    """Let a value hold from a gas day on; refuses as ``preview``. Commits."""
    session = act.session
    with transaction(session):
        effect = preview(act, asked=asked)
        place, reason = effect.place, asked.reason.strip()
        if asked.name is SettingName.CLOSE_POLICY and place.delivery_point_id is not None:
            session.add(
                PointPolicy(
                    delivery_point_id=place.delivery_point_id,
                    policy=ClosePolicy(effect.new),
                    valid_from=asked.valid_from,
                    recorded_at=act.now,
                    recorded_by_id=act.actor.user_id,
                )
            )
        else:
            session.add(
                SettingRow(
                    name=asked.name,
                    modality=place.modality if place.scope is SettingScope.MODALITY else None,
                    contract_id=place.contract_id if place.scope is SettingScope.CONTRACT else None,
                    delivery_point_id=place.delivery_point_id,
                    value=effect.new,
                    valid_from=asked.valid_from,
                    reason=reason,
                    recorded_at=act.now,
                    recorded_by_id=act.actor.user_id,
                )
            )
        session.flush()
        queries.forget(session)
        audit.record(
            act,
            event=AuditEvent.SETTING_CHANGED,
            subject=asked.name.value,
            details={
                "where": effect.where,
                "from": asked.valid_from.isoformat(),
                "old_value": effect.old,
                "new_value": effect.new,
                "reason": reason,
            },
        )
        return effect


def stored(name: SettingName, typed: str) -> str:
    """Return a typed value as it is kept; refuses (``Rejected``) one that cannot be."""
    text = typed.strip()
    if name is SettingName.CLOSE_POLICY:
        if text in set(ClosePolicy):
            return text
    elif name is SettingName.TOLERANCE:
        if re.fullmatch("[0-9]{1,3}([.,][0-9]{1,2})?", text, re.ASCII):
            points = int(Decimal(text.replace(",", ".")) * 100)
            if points <= MOST_TOLERANCE:
                return str(points)
    elif re.fullmatch("[0-9]{1,4}", text, re.ASCII) and LEAST_FACTOR <= int(text) <= MOST_FACTOR:
        return str(int(text))
    raise Rejected(Refusal.SETTING_VALUE, "value")


def _place(session: Session, asked: Asked) -> tuple[Place, str, Contract | None, DeliveryPoint | None]:
    text = asked.place.strip()
    match asked.scope:
        case SettingScope.ALL:
            return Place(), "", None, None
        case SettingScope.MODALITY:
            if asked.modality is None:
                raise Rejected(Refusal.SETTING_PLACE, "place")
            return Place(asked.modality), asked.modality.value, None, None
        case SettingScope.CONTRACT:
            contract = session.scalars(select(Contract).where(Contract.number == text)).one_or_none()
            if contract is not None:
                return Place(contract.modality, contract.id), contract.number, contract, None
        case SettingScope.POINT:
            point = point_codes.find(session, code=text, day=asked.valid_from)
            if point is not None:
                return queries.place_of(point), point.carrier_code, point.contract, point
    raise Rejected(Refusal.SETTING_PLACE, "place")


def _present(
    session: Session,
    known: queries.Known,
    asked: Asked,
    place: Place,
    contract: Contract | None,
    point: DeliveryPoint | None,
) -> str:
    """Return what would hold at the place without the change, as it is kept."""
    if asked.name is SettingName.TOLERANCE and contract is not None:
        return str(known.tolerance(contract).on(asked.valid_from))
    if asked.name is SettingName.CLOSE_POLICY:
        if point is not None:
            return policies_of(session, points=[point], gas_day=asked.valid_from)[point.id].value
        return known.value(asked.name, place, asked.valid_from) or DEFAULT.value
    factors = known.factors(place, asked.valid_from)
    return str(
        {
            SettingName.SUSPICIOUS_FACTOR: factors.far,
            SettingName.UNIT_FACTOR_LOW: factors.unit_low,
            SettingName.UNIT_FACTOR_HIGH: factors.unit_high,
        }.get(asked.name, FACTORS.far)
    )


def _keep_apart(known: queries.Known, asked: Asked, place: Place, new: str) -> None:
    factors = known.factors(place, asked.valid_from)
    low = int(new) if asked.name is SettingName.UNIT_FACTOR_LOW else factors.unit_low
    high = int(new) if asked.name is SettingName.UNIT_FACTOR_HIGH else factors.unit_high
    if asked.name in FACTOR_NAMES and low >= high:
        raise Rejected(Refusal.FACTORS_CROSSED, "value", low=factors.unit_low, high=factors.unit_high)
