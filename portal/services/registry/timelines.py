"""Timeline of a point: its rows in order, what each is held to from which day on, and how one goes on in another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.successions import SuccessionKind
from portal.models import AuditEvent, DeliveryPoint, MeterChange, PointSuccession
from portal.services.points import settings


class MeterFrom(NamedTuple):
    """Meter of a row from a gas day on; its maximum of a day in standard m³."""

    gas_day: GasDay
    serial: str
    maximum: Quantity | None


class Came(NamedTuple):
    """Beginning of a row: from which other row, by which act and why, and whether the balance goes along."""

    other: DeliveryPoint
    gas_day: GasDay
    kind: SuccessionKind
    carries: bool
    reason: str


class Span(NamedTuple):
    """A row of the timeline; ``tolerances`` in hundredths of a per cent, each from its day on, the first as signed.

    ``maxima`` are those of its contract within the row, each from the day on which it was written.
    """

    row: DeliveryPoint
    maxima: Sequence[tuple[GasDay, Quantity]]
    tolerances: Sequence[tuple[GasDay, int]]
    meters: Sequence[MeterFrom]
    came: Sequence[Came]


def load_timeline(session: Session, *, point: DeliveryPoint) -> list[Span]:
    """Return the rows that have the point's code, or that it came from or goes on in, by their first day.

    Five queries, and one more for each act between rows.
    """
    rows = {
        row.id: row
        for row in session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.carrier_code == point.carrier_code)
        ).unique()
    }
    acts: dict[int, PointSuccession] = {}
    while True:
        found = session.scalars(
            select(PointSuccession).where(
                or_(PointSuccession.before_id.in_(list(rows)), PointSuccession.after_id.in_(list(rows)))
            )
        ).all()
        acts |= {each.id: each for each in found}
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
    changed = _list_changes(session, {row.contract.public_id for row in rows.values()})
    return [
        Span(
            row,
            _maxima(changed.get(row.contract.public_id, ()), row),
            _tolerances(known, row),
            meters.get(row.id, []),
            [
                Came(rows[act.before_id], act.gas_day, act.kind, act.carries, act.reason)
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


class _MaximumFrom(NamedTuple):
    gas_day: GasDay
    before: Decimal
    after: Decimal


def _list_changes(session: Session, contracts: set[str]) -> dict[str, list[_MaximumFrom]]:
    """Return by public id the changes of the maximum of these contracts, as the audit has them, in order."""
    found: dict[str, list[_MaximumFrom]] = {}
    for row in session.execute(
        select(AuditEvent.subject, AuditEvent.at, AuditEvent.details)
        .where(AuditEvent.event == audit_events.AuditEvent.CONTRACT_CHANGED, AuditEvent.subject.in_(contracts))
        .order_by(AuditEvent.sequence)
    ):
        said = json.loads(row.details)
        if "new_maximum" in said and "new_unit" not in said:
            change = _MaximumFrom(GasDay.of(row.at), Decimal(said["old_maximum"]), Decimal(said["new_maximum"]))
            found.setdefault(row.subject, []).append(change)
    return found


def _maxima(changes: Sequence[_MaximumFrom], row: DeliveryPoint) -> list[tuple[GasDay, Quantity]]:
    """Return the maximum of the first day of a row, and each later one within it."""
    unit = row.contract.unit
    if not changes:
        return [(row.starts_on, row.contract.maximum)]
    first = changes[0].before
    later: dict[GasDay, Decimal] = {}
    for change in changes:
        if change.gas_day <= row.starts_on:
            first = change.after
        elif row.ends_on is None or change.gas_day < row.ends_on:
            later[change.gas_day] = change.after
    return [(day, Quantity.of(amount, unit)) for day, amount in ((row.starts_on, first), *later.items())]
