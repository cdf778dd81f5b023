"""Read the settings, by place and day: whole tables at once, since staff seldom write a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.gates import PRIORITY
from portal.domain.modalities import Modality
from portal.domain.nominations import FACTORS, ClosePolicy, Factors
from portal.domain.quantities import Quantity
from portal.domain.settings import FOR_EVER, Dated, Maximum, Place, SettingName, SettingScope, Tolerance, find_value
from portal.models import Contract, DeliveryPoint, PointPolicy, SettingRow, User
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.statements import day_of

from . import hot

_OF_FACTORS = (SettingName.SUSPICIOUS_FACTOR, SettingName.UNIT_FACTOR_LOW, SettingName.UNIT_FACTOR_HIGH)


@dataclass(frozen=True, slots=True)
class Known:
    """Every row of the settings, in order of recording."""

    rows: tuple[Dated, ...]

    def value(self, name: SettingName, place: Place, day: GasDay) -> str | None:
        """Return the value in force at a place on a day; None if none was set."""
        return find_value(self.rows, name, place, day)

    def only_factors(self) -> Known:
        """Return what is set of the factors alone, for who asks at many places."""
        return Known(tuple(row for row in self.rows if row.name in _OF_FACTORS))

    def retention(self, name: SettingName, day: GasDay) -> int:
        """Return for how many days a kind of rows is kept on a day; 0 for ever."""
        return int(self.value(name, Place(), day) or FOR_EVER)

    def factors(self, place: Place, day: GasDay) -> Factors:
        """Return the factors from which a quantity is unusual at a place on a day."""
        if not self.rows:
            return FACTORS
        far, low, high = (self.value(name, place, day) for name in _OF_FACTORS)
        return Factors(int(far or FACTORS.far), int(low or FACTORS.unit_low), int(high or FACTORS.unit_high))

    def close_policy(self, point: DeliveryPoint, day: GasDay) -> ClosePolicy | None:
        """Return the rule at the close set for more than the point alone; None if none was set."""
        found = self.value(SettingName.CLOSE_POLICY, place_of(point), day) if self.rows else None
        return None if found is None else ClosePolicy(found)

    def cut_priority(self, place: Place, day: GasDay) -> int:
        """Return the priority of a contract at the cuts of a day, 1 to 9; the first is cut last."""
        return int(self.value(SettingName.CUT_PRIORITY, place, day) or PRIORITY)

    def takes_one_code(self, contract: Contract, day: GasDay) -> bool:
        """Tell whether one code and the signer's authenticator sign all points of a contract together."""
        return self.value(SettingName.ONE_CODE, Place(contract.modality, contract.id), day) == "1"

    def tolerance(self, contract: Contract) -> Tolerance:
        """Return the tolerance of a contract, day by day."""
        steps = [
            (row.valid_from, int(row.value))
            for row in self.rows
            if row.name is SettingName.TOLERANCE and row.place.contract_id == contract.id
        ]
        return Tolerance(contract.tolerance_basis_points, tuple(steps))

    def maximum(self, contract: Contract) -> Maximum:
        """Return the daily maximum of a contract, day by day; the one place that reads what was signed (adr/0143)."""
        steps = [
            (row.valid_from, Quantity.of(row.value, contract.unit))
            for row in self.rows
            if row.name is SettingName.DAILY_MAXIMUM and row.place.contract_id == contract.id
        ]
        return Maximum(contract.signed_maximum, tuple(steps))

    def list_maxima(self, day: GasDay) -> Mapping[int, str]:
        """Return the daily maxima set and in force on a day by contract, as kept; none of who has what it signed."""
        places = {row.place for row in self.rows if row.name is SettingName.DAILY_MAXIMUM}
        found = {place.contract_id: self.value(SettingName.DAILY_MAXIMUM, place, day) for place in places}
        return {contract_id: value for contract_id, value in found.items() if contract_id is not None and value}


_KEPT = "settings that were read"


def place_of(point: DeliveryPoint) -> Place:
    """Return the place of a point in the settings."""
    return Place(point.contract.modality, point.contract_id, point.id)


def read(session: Session) -> Known:
    """Return all settings, read by one query per transaction."""
    present = session.get_transaction()
    kept: tuple[object, Known] | None = session.info.get(_KEPT)
    if kept is not None and present is not None and kept[0] is present:
        return kept[1]
    found = _read(session)
    session.info[_KEPT] = session.get_transaction(), found
    return found


# Number and last row of the settings, as columns of another statement. Rows are only ever added: they tell one content.
row_count = select(func.count()).select_from(SettingRow).scalar_subquery()
last_row = select(func.max(SettingRow.id)).scalar_subquery()
_of_process: WeakKeyDictionary[Engine, tuple[tuple[int, int | None], Known]] = WeakKeyDictionary()


def use(session: Session, *, count: int, last: int | None) -> None:
    """Take the settings as this process read them, if they still are those; else read them now.

    ``count`` and ``last`` are the columns above, read in this transaction, which adds no setting.
    """
    engine = session.get_bind().engine
    kept = _of_process.get(engine)
    if kept is None or kept[0] != (count, last):
        found = _read(session)
        kept = (count, last), found
        # On PostgreSQL a row may have been added since the other statement.
        if len(found.rows) == count:
            _of_process[engine] = kept
    session.info[_KEPT] = session.get_transaction(), kept[1]


def forget(session: Session) -> None:
    """Drop the settings read by this transaction, after it added a row."""
    session.info.pop(_KEPT, None)


def _read(session: Session) -> Known:
    return Known(
        tuple(
            [
                Dated(
                    SettingName(row.name),
                    Place(
                        None if row.modality is None else Modality(row.modality),
                        row.contract_id,
                        row.delivery_point_id,
                    ),
                    row.value,
                    GasDay(day_of(row.valid_from)),
                )
                for row in hot.ROWS.rows(session)
            ]
        )
    )


def list_tolerance_steps(session: Session, *, contract_id: int) -> tuple[tuple[GasDay, int], ...]:
    """Return the steps of a contract's tolerance since it was signed, for the sheet; one small query."""
    return tuple(
        [(GasDay(day_of(row.valid_from)), int(row.value)) for row in hot.STEPS.rows(session, contract_id=contract_id)]
    )


MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a setting; ``where`` is a contract's number, or a point's name and code; empty for all or a modality."""

    scope: SettingScope
    modality: Modality | None
    where: str
    value: str
    valid_from: GasDay
    reason: str
    recorded_at: datetime
    recorded_by: str


def list_lines(act: Act, *, name: SettingName) -> Sequence[Line]:
    """Return the last hundred rows of a setting, newest first; for the rule at the close also those of points."""
    require(act, Function.ADMINISTER)
    rows = act.session.execute(
        select(
            SettingRow,
            Contract.number,
            DeliveryPoint.name.label("point"),
            DeliveryPoint.carrier_code,
            User.name.label("recorded_by"),
        )
        .outerjoin(Contract, Contract.id == SettingRow.contract_id)
        .outerjoin(DeliveryPoint, DeliveryPoint.id == SettingRow.delivery_point_id)
        .join(User, User.id == SettingRow.recorded_by_id)
        .where(SettingRow.name == name)
        .order_by(SettingRow.id.desc())
        .limit(MOST)
    )
    found = [_line(row.SettingRow, row.number, row.point, row.carrier_code, row.recorded_by) for row in rows]
    if name is SettingName.CLOSE_POLICY:
        found += _of_points(act.session)
    return sorted(found, key=lambda line: line.recorded_at, reverse=True)[:MOST]


def find_tolerance_range(act: Act) -> tuple[int, int] | None:
    """Return the lowest and highest tolerance of all contracts, in basis points; None without contracts."""
    require(act, Function.ADMINISTER)
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
