"""Timeline of a point: its rows in order, what each is held to from which day on, and how one goes on in another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.settings import SettingName
from portal.domain.successions import SuccessionKind
from portal.models import AuditEvent, Contract, DeliveryPoint, MeterChange, PointSuccession, SettingRow, User
from portal.services.points import settings


class MeterFrom(NamedTuple):
    """Meter of a row from a gas day on; its maximum of a day in standard m³."""

    gas_day: GasDay
    serial: str
    maximum: Quantity | None


class Came(NamedTuple):
    """Beginning of a row: from which other row, by which act and why, whether the balance goes along, and by whom."""

    other: DeliveryPoint
    gas_day: GasDay
    kind: SuccessionKind
    carries: bool
    reason: str
    recorded_at: datetime
    recorded_by: str


class MaximumFrom(NamedTuple):
    """Daily maximum of a contract from a gas day on; who set it and why, both blank for one as signed."""

    gas_day: GasDay
    maximum: Quantity
    recorded_by: str = ""
    reason: str = ""


class Span(NamedTuple):
    """A row of the timeline; ``tolerances`` in hundredths of a per cent, each from its day on, the first as signed.

    ``maxima`` are those of its contract within the row, each from its day on.
    """

    row: DeliveryPoint
    maxima: Sequence[MaximumFrom]
    tolerances: Sequence[tuple[GasDay, int]]
    meters: Sequence[MeterFrom]
    came: Sequence[Came]


def load_timeline(session: Session, *, point: DeliveryPoint) -> list[Span]:
    """Return the rows that have the point's code, or that it came from or goes on in, by their first day.

    Six queries, and one more for each act between rows.
    """
    rows = {
        row.id: row
        for row in session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.carrier_code == point.carrier_code)
        ).unique()
    }
    acts: dict[int, PointSuccession] = {}
    authors: dict[int, str] = {}
    while True:
        of_acts = session.execute(
            select(PointSuccession, User.email)
            .join(User, User.id == PointSuccession.recorded_by_id)
            .where(or_(PointSuccession.before_id.in_(list(rows)), PointSuccession.after_id.in_(list(rows))))
        ).all()
        found = [act for act, _ in of_acts]
        acts |= {act.id: act for act in found}
        authors |= {act.id: email for act, email in of_acts}
        missing = {each for act in found for each in (act.before_id, act.after_id)} - set(rows)
        if not missing:
            break
        rows |= {
            row.id: row for row in session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(missing))).unique()
        }
    meters: dict[int, list[MeterFrom]] = {}
    for each in session.scalars(
        select(MeterChange).where(MeterChange.delivery_point_id.in_(list(rows))).order_by(MeterChange.gas_day)
    ):
        meters.setdefault(each.delivery_point_id, []).append(MeterFrom(each.gas_day, each.serial, each.maximum_m3))
    known = settings.read(session)
    maxima = _load_maxima(session, [row.contract for row in rows.values()])
    return [
        Span(
            row,
            _cut(maxima[row.contract_id], row.starts_on, row.ends_on),
            _tolerances(known, row),
            meters.get(row.id, []),
            [
                Came(
                    rows[act.before_id],
                    act.gas_day,
                    act.kind,
                    act.carries,
                    act.reason,
                    act.recorded_at,
                    authors[act.id],
                )
                for act in sorted(acts.values(), key=lambda act: act.id)
                if act.after_id == row.id
            ],
        )
        for row in sorted(rows.values(), key=lambda row: (row.starts_on, row.id))
    ]


def _tolerances(known: settings.Known, row: DeliveryPoint) -> list[tuple[GasDay, int]]:
    """Return the tolerance of the first day of a row, and each later one within it."""
    tolerance = known.tolerance(row.contract)
    later = sorted(
        {
            first
            for first, _ in tolerance.steps
            if first > row.starts_on and (row.ends_on is None or first < row.ends_on)
        }
    )
    return [(first, tolerance.on(first)) for first in (row.starts_on, *later)]


def load_maxima(session: Session, *, contract: Contract) -> list[MaximumFrom]:
    """Return the maxima of a contract, each from its day on, the first as signed; one query."""
    signed = MaximumFrom(_EVER, contract.signed_maximum)
    return _cut([signed, *_load_steps(session, [contract])[contract.id]], contract.starts_on, contract.ends_on)


def _cut(maxima: Sequence[MaximumFrom], first: GasDay, ends_on: GasDay | None) -> list[MaximumFrom]:
    """Return what holds on ``first``, and each later maximum before ``ends_on``."""
    held = [each for each in maxima if each.gas_day <= first][-1]
    later = [each for each in maxima if each.gas_day > first and (ends_on is None or each.gas_day < ends_on)]
    return [held._replace(gas_day=first), *later]


def _load_maxima(session: Session, contracts: Sequence[Contract]) -> dict[int, list[MaximumFrom]]:
    """Return by contract what was signed, as it was put right before there were figures, and what was set since."""
    changed = _list_changes(session, {each.public_id for each in contracts})
    steps = _load_steps(session, contracts)
    found: dict[int, list[MaximumFrom]] = {}
    for each in contracts:
        signed = _list_signed(each, changed.get(each.public_id, ()))
        # What was set goes before what was signed, whenever that was written.
        first = steps[each.id][0].gas_day if steps[each.id] else None
        found[each.id] = [*[one for one in signed if first is None or one.gas_day < first], *steps[each.id]]
    return found


def _load_steps(session: Session, contracts: Sequence[Contract]) -> dict[int, list[MaximumFrom]]:
    """Return by contract what was set since it was signed, by day; of several from one day the last one given."""
    units = {each.id: each.unit for each in contracts}
    steps: dict[int, dict[GasDay, MaximumFrom]] = {each: {} for each in units}
    for row in session.execute(
        select(SettingRow.contract_id, SettingRow.valid_from, SettingRow.value, SettingRow.reason, User.name)
        .join(User, User.id == SettingRow.recorded_by_id)
        .where(SettingRow.name == SettingName.DAILY_MAXIMUM, SettingRow.contract_id.in_(list(units)))
        .order_by(SettingRow.id)
    ):
        maximum = Quantity.of(row.value, units[row.contract_id])
        steps[row.contract_id][row.valid_from] = MaximumFrom(row.valid_from, maximum, row.name, row.reason)
    return {contract_id: [by_day[day] for day in sorted(by_day)] for contract_id, by_day in steps.items()}


def _list_signed(contract: Contract, changes: Sequence[_Rewritten]) -> list[MaximumFrom]:
    if not changes:
        return [MaximumFrom(_EVER, contract.signed_maximum)]
    later = {
        change.gas_day: MaximumFrom(change.gas_day, Quantity.of(change.after, contract.unit)) for change in changes
    }
    return [MaximumFrom(_EVER, Quantity.of(changes[0].before, contract.unit)), *later.values()]


class _Rewritten(NamedTuple):
    gas_day: GasDay
    before: Decimal
    after: Decimal


_EVER = GasDay(date.min)


def _list_changes(session: Session, contracts: set[str]) -> dict[str, list[_Rewritten]]:
    """Return by public id how what was signed was rewritten, as the audit has it, in order."""
    found: dict[str, list[_Rewritten]] = {}
    for row in session.execute(
        select(AuditEvent.subject, AuditEvent.at, AuditEvent.details)
        .where(AuditEvent.event == audit_events.AuditEvent.CONTRACT_CHANGED, AuditEvent.subject.in_(contracts))
        .order_by(AuditEvent.sequence)
    ):
        said = json.loads(row.details)
        if "new_maximum" in said and not said.keys() & {"new_unit", "from"}:
            change = _Rewritten(GasDay.of(row.at), Decimal(said["old_maximum"]), Decimal(said["new_maximum"]))
            found.setdefault(row.subject, []).append(change)
    return found
