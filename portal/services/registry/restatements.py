"""New figures for days of a point whose gas another point shares: versions on top of what was recorded (adr/0135)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity
from portal.domain.readings import ReadingState
from portal.models import Authorisation, DeliveryPoint, Nomination, Reading
from portal.services import ledger, nominations
from portal.services.ledger import heating_values
from portal.services.store.acts import Act
from portal.services.trace import audit, sealed_rows


class DayTarget(NamedTuple):
    """Figures that a day shall have, in the unit of its point and the consumption in m³; None leaves what is there."""

    gas_day: GasDay
    nominated: Quantity | None
    authorised: Quantity | None
    cut: CutReason | None
    volume: Quantity | None
    state: ReadingState | None


def restate(act: Act, *, point: DeliveryPoint, days: Sequence[DayTarget], reason: str) -> None:
    """Write these figures as the next versions of their days, and count the account anew.

    Inside the caller's transaction, which holds the account. A reading that was certified becomes a corrected one with
    the reason, any other stays what it was.
    """
    session = act.session
    asked = nominations.restate(
        act,
        point=point,
        quantities={day.gas_day: day.nominated for day in days if day.nominated is not None},
        reason=reason,
    )
    made: dict[str, list[int]] = {
        "readings": [each.id for each in _write_readings(act, point, days, reason)],
        "authorisations": [each.id for each in _authorise(act, point, days, asked)],
    }
    ledger.rebuild_point(session, delivery_point=point)
    for table, ids in made.items():
        if ids:
            audit.record(
                act,
                event=AuditEvent.FIGURES_MOVED,
                subject=point.public_id,
                company_id=point.contract.company_id,
                details={
                    "from": days[0].gas_day.isoformat(),
                    "days": len(ids),
                    "reason": reason,
                    sealed_rows.DETAIL: sealed_rows.of_ids(session, table=table, ids=ids),
                },
            )


def _write_readings(act: Act, point: DeliveryPoint, days: Sequence[DayTarget], reason: str) -> list[Reading]:
    session = act.session
    rows = session.execute(
        select(Reading.gas_day, Reading.version, Reading.state)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day.in_([day.gas_day for day in days]))
        .order_by(Reading.version)
    )
    newest = {row.gas_day: row for row in rows}
    made: list[Reading] = []
    for day in days:
        if day.volume is None or day.state is None:
            continue
        before = newest.get(day.gas_day)
        corrects = day.state is ReadingState.CORRECTED
        made.append(
            Reading(
                delivery_point_id=point.id,
                gas_day=day.gas_day,
                version=1 if before is None else before.version + 1,
                state=day.state,
                volume_m3=day.volume,
                reason=reason if corrects else None,
                recorded_at=act.now,
                recorded_by_id=act.actor.user_id,
            )
        )
    session.add_all(made)
    session.flush()
    return made


def _authorise(
    act: Act, point: DeliveryPoint, days: Sequence[DayTarget], asked: dict[GasDay, Nomination]
) -> list[Authorisation]:
    session = act.session
    versions = dict(
        session.execute(
            select(Authorisation.gas_day, func.max(Authorisation.version))
            .where(Authorisation.delivery_point_id == point.id)
            .group_by(Authorisation.gas_day)
        ).all()
    )
    made: list[Authorisation] = []
    for day in days:
        if day.authorised is None:
            continue
        value = heating_values.find_in_force(session, exit_point_id=point.exit_point_id, gas_day=day.gas_day).value
        gas = Gas.of(day.authorised, value)
        nomination = asked.get(day.gas_day)
        made.append(
            Authorisation(
                delivery_point_id=point.id,
                gas_day=day.gas_day,
                version=versions.get(day.gas_day, 0) + 1,
                quantity_m3=gas.m3,
                quantity_mbtu=gas.mbtu,
                cut_reason=day.cut,
                revision=None if nomination is None else nomination.revision,
                recorded_at=act.now,
                recorded_by_id=act.actor.user_id,
            )
        )
    session.add_all(made)
    session.flush()
    return made
