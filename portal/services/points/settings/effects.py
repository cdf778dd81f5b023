"""What a change of a setting reaches: contracts, points, and what of the last thirty days it would judge otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from portal.domain.balance import out_of_tolerance
from portal.domain.gas_day import GasDay
from portal.domain.nominations import warnings_for
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import Place, SettingName, SettingScope
from portal.models import Contract, DailyBalance, DeliveryPoint
from portal.services.store.acts import Act

from . import queries

DAYS = 30
_FIELDS = {
    SettingName.SUSPICIOUS_FACTOR: "far",
    SettingName.UNIT_FACTOR_LOW: "unit_low",
    SettingName.UNIT_FACTOR_HIGH: "unit_high",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How many contracts and points a change is for.

    Of ``judged`` days of the last thirty, ``before`` would be marked as things are and ``after`` with the change: out
    of tolerance, or asking for a tick before they are signed. A rule at the close judges none.
    """

    contracts: int
    points: int
    judged: int = 0
    before: int = 0
    after: int = 0


def reach_of(act: Act, *, name: SettingName, place: Place, old: str, new: str) -> Reach:
    """Return what a change reaches, by two queries; no quantity is told."""
    session = act.session
    inside = _inside(place)
    contracts, points = session.execute(
        select(func.count(Contract.id.distinct()), func.count(DeliveryPoint.id))
        .select_from(Contract)
        .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
        .where(inside)
    ).one()
    reach = Reach(contracts, points)
    if name is SettingName.CLOSE_POLICY:
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
            before=sum(out_of_tolerance(due, consumed, int(old)) for due, consumed in pairs),
            after=sum(out_of_tolerance(due, consumed, int(new)) for due, consumed in pairs),
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
    """Compare what was nominated with the mean of the same thirty days, point by point."""
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
        before += sum(bool(warnings_for(asked, None, None, mean, was)) for asked, _ in pairs)
        after += sum(bool(warnings_for(asked, None, None, mean, will)) for asked, _ in pairs)
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
