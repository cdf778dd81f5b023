"""What was set, for whom and from when: read whole, since staff write a row now and then."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.close_policies import ClosePolicy
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import FACTORS, Factors
from portal.domain.settings import Dated, Place, SettingName, Tolerance, value_on
from portal.models import Contract, DeliveryPoint
from portal.services.store.statements import day_of

from . import hot


@dataclass(frozen=True, slots=True)
class Known:
    """Every row that was set, as they were recorded."""

    rows: tuple[Dated, ...]

    def value(self, name: SettingName, place: Place, day: GasDay) -> str | None:
        """Return the value that holds at a place on a day, None when none was set."""
        return value_on(self.rows, name, place, day)

    def factors(self, place: Place, day: GasDay) -> Factors:
        """Return from when on a quantity is unusual at a place on a day."""
        if not self.rows:
            return FACTORS
        far, low, high = (
            self.value(name, place, day)
            for name in (SettingName.SUSPICIOUS_FACTOR, SettingName.UNIT_FACTOR_LOW, SettingName.UNIT_FACTOR_HIGH)
        )
        return Factors(int(far or FACTORS.far), int(low or FACTORS.unit_low), int(high or FACTORS.unit_high))

    def close_policy(self, point: DeliveryPoint, day: GasDay) -> ClosePolicy | None:
        """Return the rule at the close that was set for more than the point, None when none was."""
        found = self.value(SettingName.CLOSE_POLICY, place_of(point), day) if self.rows else None
        return None if found is None else ClosePolicy(found)

    def tolerance(self, contract: Contract) -> Tolerance:
        """Return the tolerance of a contract, day by day."""
        steps = [
            (row.valid_from, int(row.value))
            for row in self.rows
            if row.name is SettingName.TOLERANCE and row.place.contract_id == contract.id
        ]
        return Tolerance(contract.tolerance_basis_points, tuple(steps))


_KEPT = "settings that were read"


def place_of(point: DeliveryPoint) -> Place:
    """Return where a point stands, for what was set."""
    return Place(point.contract.modality, point.contract_id, point.id)


def read(session: Session) -> Known:
    """Return everything that was set, by one query a transaction, however often it is asked."""
    present = session.get_transaction()
    kept: tuple[object, Known] | None = session.info.get(_KEPT)
    if kept is not None and present is not None and kept[0] is present:
        return kept[1]
    found = _read(session)
    session.info[_KEPT] = session.get_transaction(), found
    return found


def forget(session: Session) -> None:
    """Read anew at the next question: a row was added in this transaction."""
    session.info.pop(_KEPT, None)


def _read(session: Session) -> Known:
    return Known(
        tuple(
            [
                Dated(
                    SettingName(name),
                    Place(None if modality is None else Modality(modality), contract_id, point_id),
                    value,
                    GasDay(day_of(valid_from)),
                )
                for name, modality, contract_id, point_id, value, valid_from in hot.ROWS.tuples(session)
            ]
        )
    )


def tolerance_steps(session: Session, *, contract_id: int) -> tuple[tuple[GasDay, int], ...]:
    """Return how the tolerance of a contract was set since it was signed, for the sheet: one small query."""
    return tuple(
        [(GasDay(day_of(first)), int(value)) for first, value in hot.STEPS.tuples(session, contract_id=contract_id)]
    )
