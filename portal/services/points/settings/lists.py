"""The rows of a setting as staff read them: value, for whom, from when, why, and who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.roles import Function, may
from portal.domain.settings import SettingName, SettingScope
from portal.models import Contract, DeliveryPoint, PointPolicy, SettingRow, User
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed

MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A row: ``where`` is a contract's number, or a point's name and carrier code; empty for all and a modality."""

    scope: SettingScope
    modality: Modality | None
    where: str
    value: str
    valid_from: GasDay
    reason: str
    recorded_at: datetime
    recorded_by: str


def lines(act: Act, *, name: SettingName) -> Sequence[Line]:
    """Return the last hundred rows of a setting, the newest first; of the rule at the close also those of points."""
    if not may(act.actor.role, Function.ADMINISTER):
        raise NotAllowed
    rows = act.session.execute(
        select(SettingRow, Contract.number, DeliveryPoint.name, DeliveryPoint.carrier_code, User.name)
        .outerjoin(Contract, Contract.id == SettingRow.contract_id)
        .outerjoin(DeliveryPoint, DeliveryPoint.id == SettingRow.delivery_point_id)
        .join(User, User.id == SettingRow.recorded_by_id)
        .where(SettingRow.name == name)
        .order_by(SettingRow.id.desc())
        .limit(MOST)
    )
    found = [_line(*row) for row in rows]
    if name is SettingName.CLOSE_POLICY:
        found += _of_points(act.session)
    return sorted(found, key=lambda line: line.recorded_at, reverse=True)[:MOST]


def tolerances_of_contracts(act: Act) -> tuple[int, int] | None:
    """Return the least and the greatest tolerance that contracts carry, in basis points; None without contracts."""
    if not may(act.actor.role, Function.ADMINISTER):
        raise NotAllowed
    column = Contract.tolerance_basis_points
    found = act.session.execute(
        select(func.coalesce(func.min(column), -1), func.coalesce(func.max(column), -1), func.count())
    ).one()
    return (found[0], found[1]) if found[2] else None


def _line(row: SettingRow, number: str | None, point: str | None, code: str | None, by: str) -> Line:
    if row.delivery_point_id is not None:
        scope, where = SettingScope.POINT, f"{point} ({code})"
    elif row.contract_id is not None:
        scope, where = SettingScope.CONTRACT, number or ""
    else:
        scope, where = (SettingScope.ALL if row.modality is None else SettingScope.MODALITY), ""
    return Line(scope, row.modality, where, row.value, row.valid_from, row.reason, row.recorded_at, by)


def _of_points(session: Session) -> list[Line]:
    rows = session.execute(
        select(PointPolicy, DeliveryPoint.name, DeliveryPoint.carrier_code, User.name)
        .join(DeliveryPoint, DeliveryPoint.id == PointPolicy.delivery_point_id)
        .outerjoin(User, User.id == PointPolicy.recorded_by_id)
        .order_by(PointPolicy.id.desc())
        .limit(MOST)
    )
    return [
        Line(
            SettingScope.POINT,
            None,
            f"{point} ({code})",
            row.policy.value,
            row.valid_from,
            "",
            row.recorded_at,
            by or "",
        )
        for row, point, code, by in rows
    ]
