"""Change a setting from a gas day on: preview, then a row of its own; earlier rows stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.balance import is_out_of_tolerance
from portal.domain.gas_day import GasDay
from portal.domain.gates import LAST_PRIORITY, PRIORITY
from portal.domain.modalities import Modality
from portal.domain.nominations import FACTORS, ClosePolicy, find_warnings
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import (
    ADJUSTMENT_LIMIT,
    FOR_EVER,
    LEAST_FACTOR,
    MOST_DAYS,
    MOST_FACTOR,
    MOST_LIMIT,
    MOST_TOLERANCE,
    RETENTION,
    SCOPES,
    Place,
    SettingName,
    SettingScope,
)
from portal.models import Contract, DailyBalance, DeliveryPoint, PointPolicy, SettingRow
from portal.services.points import point_codes
from portal.services.points.close_policies import DEFAULT, find_policies
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import queries

LONGEST_REASON = 300
# Least and greatest value of the settings that are whole numbers, factors apart.
_WHOLE = {
    SettingName.ADJUSTMENT_LIMIT: (0, MOST_LIMIT),
    SettingName.CUT_PRIORITY: (1, LAST_PRIORITY),
    SettingName.PURGE_DAILY: (0, 1),
    SettingName.ONE_CODE: (0, 1),
}
# They are for rows of the portal, and for no point.
OF_ROWS = frozenset({*RETENTION, SettingName.PURGE_DAILY})
# They mark no day.
_NOT_JUDGED = frozenset(
    {SettingName.CLOSE_POLICY, SettingName.ADJUSTMENT_LIMIT, SettingName.CUT_PRIORITY, SettingName.ONE_CODE}
)
FACTOR_NAMES = (SettingName.SUSPICIOUS_FACTOR, SettingName.UNIT_FACTOR_LOW, SettingName.UNIT_FACTOR_HIGH)


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested value from a gas day on; ``place`` is a contract's number or a point's carrier code, as typed.

    ``value`` as typed: percent of a tolerance, a whole factor, MBTU of a limit, or the word of a rule at the close.
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
    """Effect of a change: its place, the stored value before and after, and its reach."""

    place: Place
    where: str
    old: str
    new: str
    reach: Reach


def preview(act: Act, *, asked: Asked) -> Effect:
    """Return the effect of a change; write nothing.

    Refuses (``Rejected``) a missing reason, an invalid value, an unknown contract or point, a day that is not in the
    future (for a tolerance: not the first of a month), factors that cross, and a value already in force.
    """
    session = act.session
    require(act, Function.ADMINISTER)
    check_reason(asked.reason, most=LONGEST_REASON)
    if asked.name is SettingName.DAILY_MAXIMUM:
        raise ValueError("a maximum is set in the registry, which shows the nominated days (registry.maxima)")
    if asked.scope not in SCOPES[asked.name]:
        raise Rejected(Refusal.SETTING_PLACE, "place")
    new = parse_value(asked.name, asked.value)
    if asked.valid_from <= GasDay.of(act.now):
        raise Rejected(Refusal.SETTING_IN_THE_PAST, "valid_from")
    if asked.name is SettingName.TOLERANCE and asked.valid_from.date.day != 1:
        # One tolerance applies to a whole month.
        raise Rejected(Refusal.SETTING_NOT_A_MONTH, "valid_from")
    place, where, contract, point = _place(session, asked)
    known = queries.read(session)
    old = _present(session, known, asked, place, contract, point)
    if old == new:
        raise Rejected(Refusal.SETTING_UNCHANGED, "value")
    _keep_apart(known, asked, place, new)
    return Effect(place, where, old, new, compute_reach(act, name=asked.name, place=place, old=old, new=new))


def change(act: Act, *, asked: Asked) -> Effect:
    """Set a value from a gas day on; refuses as ``preview``. Commits."""
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


def parse_value(name: SettingName, typed: str) -> str:
    """Return a typed value in its stored form; refuses (``Rejected``) an invalid one."""
    text = typed.strip()
    if name is SettingName.CLOSE_POLICY:
        if text in set(ClosePolicy):
            return text
    elif name is SettingName.TOLERANCE:
        if re.fullmatch("[0-9]{1,3}([.,][0-9]{1,2})?", text, re.ASCII):
            points = int(Decimal(text.replace(",", ".")) * 100)
            if points <= MOST_TOLERANCE:
                return str(points)
    elif name in RETENTION:
        if re.fullmatch("[0-9]{1,4}", text, re.ASCII):
            days = int(text)
            if days == FOR_EVER or RETENTION[name] <= days <= MOST_DAYS:
                return str(days)
    else:
        least, most = _WHOLE.get(name, (LEAST_FACTOR, MOST_FACTOR))
        if re.fullmatch("[0-9]{1,6}", text, re.ASCII) and least <= int(text) <= most:
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
    """Return the stored form of the value in force at the place without the change."""
    if asked.name is SettingName.TOLERANCE and contract is not None:
        return str(known.tolerance(contract).on(asked.valid_from))
    if asked.name is SettingName.CLOSE_POLICY:
        if point is not None:
            return find_policies(session, points=[point], gas_day=asked.valid_from)[point.id].value
        return known.value(asked.name, place, asked.valid_from) or DEFAULT.value
    if asked.name is SettingName.ADJUSTMENT_LIMIT:
        return known.value(asked.name, place, asked.valid_from) or str(ADJUSTMENT_LIMIT)
    if asked.name is SettingName.CUT_PRIORITY:
        return known.value(asked.name, place, asked.valid_from) or str(PRIORITY)
    if asked.name is SettingName.ONE_CODE or asked.name in OF_ROWS:
        return known.value(asked.name, place, asked.valid_from) or str(FOR_EVER)
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


DAYS = 30
_FIELDS = {
    SettingName.SUSPICIOUS_FACTOR: "far",
    SettingName.UNIT_FACTOR_LOW: "unit_low",
    SettingName.UNIT_FACTOR_HIGH: "unit_high",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """Reach of a change: how many contracts and points it is for.

    Of the ``judged`` days of the last thirty, ``before`` are marked by the present value and ``after`` by the new one:
    out of tolerance, or in need of a tick before they are signed. A rule at the close judges no day.
    """

    contracts: int
    points: int
    judged: int = 0
    before: int = 0
    after: int = 0


def compute_reach(act: Act, *, name: SettingName, place: Place, old: str, new: str) -> Reach:
    """Return the reach of a change, by two queries; contains no quantity."""
    session = act.session
    if name in OF_ROWS:
        return Reach(0, 0)
    inside = _inside(place)
    counted = session.execute(
        select(func.count(Contract.id.distinct()).label("contracts"), func.count(DeliveryPoint.id).label("points"))
        .select_from(Contract)
        .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
        .where(inside)
    ).one()
    reach = Reach(counted.contracts, counted.points)
    if name in _NOT_JUDGED:
        return reach
    today = GasDay.of(act.now)
    days = session.execute(
        select(
            DailyBalance.delivery_point_id,
            DeliveryPoint.unit,
            DailyBalance.nominated_m3,
            DailyBalance.nominated_mbtu,
            DailyBalance.authorised_m3,
            DailyBalance.authorised_mbtu,
            DailyBalance.consumed_m3,
            DailyBalance.consumed_mbtu,
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(inside, DailyBalance.gas_day >= today.plus(-DAYS), DailyBalance.gas_day < today)
    ).all()
    if name is SettingName.TOLERANCE:
        pairs = [
            _in_unit(row.unit, row.authorised_m3, row.consumed_m3, row.authorised_mbtu, row.consumed_mbtu)
            for row in days
            if row.consumed_m3 is not None
        ]
        return replace(
            reach,
            judged=len(pairs),
            before=sum(is_out_of_tolerance(due, consumed, int(old)) for due, consumed in pairs),
            after=sum(is_out_of_tolerance(due, consumed, int(new)) for due, consumed in pairs),
        )
    return _against_the_mean(session, reach, days, name, place, old, new, today)


def _against_the_mean(
    session: Session,
    reach: Reach,
    days: Sequence[Any],
    name: SettingName,
    place: Place,
    old: str,
    new: str,
    today: GasDay,
) -> Reach:
    """Compare each nomination with the mean of the same thirty days, point by point."""
    by_point: dict[int, list[tuple[Quantity, Quantity | None]]] = {}
    for row in days:
        asked = row.nominated_m3 if row.unit is Unit.M3 else row.nominated_mbtu
        taken = row.consumed_m3 if row.unit is Unit.M3 else row.consumed_mbtu
        if asked is not None:
            by_point.setdefault(row.delivery_point_id, []).append((asked, taken))
    factors = queries.read(session).factors(place, today)
    was, will = (replace(factors, **{_FIELDS[name]: int(value)}) for value in (old, new))
    judged = before = after = 0
    for pairs in by_point.values():
        taken_all = [taken for _, taken in pairs if taken is not None]
        if not taken_all:
            continue
        unit = taken_all[0].unit
        mean = Quantity.from_micro(sum(each.micro for each in taken_all) // len(taken_all), unit)
        judged += len(pairs)
        before += sum(bool(find_warnings(asked, None, None, mean, was)) for asked, _ in pairs)
        after += sum(bool(find_warnings(asked, None, None, mean, will)) for asked, _ in pairs)
    return replace(reach, judged=judged, before=before, after=after)


def _in_unit(
    unit: Unit, due_m3: Quantity | None, consumed_m3: Quantity, due_mbtu: Quantity | None, consumed_mbtu: Quantity
) -> tuple[Quantity, Quantity]:
    due, consumed = (due_m3, consumed_m3) if unit is Unit.M3 else (due_mbtu, consumed_mbtu)
    return due or Quantity.zero(unit), consumed


def _inside(place: Place) -> ColumnElement[bool]:
    match place.scope:
        case SettingScope.POINT:
            return DeliveryPoint.id == place.delivery_point_id
        case SettingScope.CONTRACT:
            return Contract.id == place.contract_id
        case SettingScope.MODALITY:
            return Contract.modality == place.modality
        case SettingScope.ALL:
            return true()
